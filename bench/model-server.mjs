// The services of the bench. A server of node:http would take a third of a second of CPU for 1 GiB, on the same cores as
// the program under test, while a real service runs on another machine. So this server reads everything into one buffer,
// and knows only as much HTTP as the program and its peers use.

import { createServer, Socket } from 'node:net';
import { RESULT_NAME } from './services.mjs';

const BUFFER_BYTES = 1024 * 1024;
const HEAD_END = '\r\n\r\n';

/**
 * Reads the model of a POST to its end, and responds with the body for its path. Understands only Content-Length.
 * @param {Map<string, Buffer>} results by path
 */
export function createModelServer(results) {
  return createServer({ pauseOnConnect: true }, (accepted) => {
    let head = '';
    let path = '';
    let left = 0;
    /** @param {Buffer} piece */
    const take = (piece) => {
      left -= piece.length;
      if (left === 0) respond(socket, results.get(path));
    };
    const socket = withBuffer(accepted, (piece) => {
      if (path !== '') return take(piece);
      const before = head.length;
      head += piece.toString('latin1');
      const end = head.indexOf(HEAD_END);
      if (end === -1) return;
      path = / (\S+)/.exec(head)?.[1] ?? '/';
      left = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
      if (/^expect: *100-continue/im.test(head)) socket.write(`HTTP/1.1 100 Continue${HEAD_END}`);
      take(piece.subarray(end + HEAD_END.length - before));
    });
    socket.on('error', () => {});
  });
}

/**
 * The connection, read into one buffer. Only a new socket can do that, so this makes a second socket over the handle of
 * the first one.
 * @param {Socket} accepted
 * @param {(piece: Buffer) => void} onPiece the piece is overwritten after the call
 */
function withBuffer(accepted, onPiece) {
  const from = /** @type {{ _handle: unknown }} */ (/** @type {unknown} */ (accepted));
  const callback = (/** @type {number} */ bytes, /** @type {Uint8Array} */ buffer) => {
    onPiece(/** @type {Buffer} */ (buffer).subarray(0, bytes));
    return true;
  };
  const options = { handle: from._handle, onread: { buffer: Buffer.alloc(BUFFER_BYTES), callback } };
  from._handle = null;
  const socket = new Socket(options);
  return socket.resume();
}

/**
 * @param {Socket} socket
 * @param {Buffer | undefined} body
 */
function respond(socket, body) {
  if (body === undefined) return socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: 0${HEAD_END}`);
  socket.write(
    [
      'HTTP/1.1 200 OK',
      'Content-Type: application/octet-stream',
      `Content-Disposition: attachment; filename="${RESULT_NAME}"`,
      `Content-Length: ${body.length}`,
      `Connection: close${HEAD_END}`,
    ].join('\r\n'),
  );
  return socket.end(body);
}
