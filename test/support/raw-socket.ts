// Raw sockets, for behavior that no correct client shows.

import { connect, type Socket } from 'node:net';

/** Sends `request` unchanged, and returns everything that comes back (latin1) until the other side closes. */
export function rawExchange(to: URL, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(to.port), to.hostname, () => socket.write(request));
    let response = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      response += text;
    });
    socket.on('close', () => resolve(response));
    socket.on('error', (error) => (response === '' ? reject(error) : resolve(response)));
  });
}

/** A connection that stays open and sends at most `beginning`. The other side must close it. */
export function silentSocket(to: URL, beginning = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(to.port), to.hostname, () => {
      if (beginning !== '') socket.write(beginning);
      resolve(socket);
    });
    socket.on('error', reject);
    // Unread data would hide the end of the connection.
    socket.resume();
  });
}
