// Sockets that do what no well-behaved client does.

import { connect, type Socket } from 'node:net';

/** Sends `request` as it is and gives all that comes back, latin1, once the other side has closed. */
export function rawExchange(to: URL, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(to.port), to.hostname, () => socket.write(request));
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
  });
}

/** A connection that stays open and says at most `beginning`. The other side has to end it. */
export function silentSocket(to: URL, beginning = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(to.port), to.hostname, () => {
      if (beginning !== '') socket.write(beginning);
      resolve(socket);
    });
    socket.on('error', reject);
    // Unread data would keep the end of the connection from showing.
    socket.resume();
  });
}
