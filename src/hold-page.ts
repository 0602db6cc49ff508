// A program of its own: it shows the page of a finished login for some more seconds, so that a reload or Back in the browser
// shows no error. `src/io/login/page-holder.ts` starts it and gives it the socket that listens. It knows no code and no token.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { type HeldPage, RELEASE_HEADER } from './io/login/held-page.js';

/** How long the page is shown, in ms; also how long the start may take. */
const HOLD_MS = 5000;

let mark: string | null = null;
const end = () => {
  if (mark !== null) rmSync(mark, { force: true });
  process.exit();
};
const timer = setTimeout(end, HOLD_MS);

process.once('message', (page: HeldPage, listening: unknown) => {
  if (!(listening instanceof Server)) process.exit(1);
  timer.refresh();
  mark = page.mark;
  const server = createServer({ maxHeaderSize: page.maxHeadBytes }, (request, response) => {
    const target = request.url ?? '';
    const [path] = target.split('?', 1);
    if (request.headers.host !== page.authority) return send(response, 421);
    if (path !== page.path) return send(response, 404);
    if (request.headers[RELEASE_HEADER] !== undefined) {
      // Another login needs the port.
      listening.close();
      return send(response, 204).once('close', end);
    }
    if (request.method !== 'GET') return send(response, 405);
    const isSame = createHash('sha256').update(target).digest('hex') === page.targetHash;
    const { status, headers, html } = isSame ? page.page : page.otherwise;
    send(response, status, headers, html);
  });
  server.on('clientError', (_, socket) => socket.destroy());
  listening.on('connection', (socket) => server.emit('connection', socket));
});

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body = '',
): ServerResponse {
  return response
    .writeHead(status, { 'Cache-Control': 'no-store', ...headers, Connection: 'close' })
    .end(body);
}
