// A server that counts bytes responds and closes while the last write of the client is not confirmed yet. Over TLS that is usual.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { ModelRequest } from '../../src/core/ports/http.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { ModelConnection } from '../../src/io/http/model-connection.js';
import { receiveBody } from '../../src/io/http/receive-response.js';
import { ModelSending } from '../../src/io/http/send-model.js';

const MODEL = Buffer.from('a whole model');
const RESULT = 'a whole result';

test.each([
  ['the whole model was handed over: the result counts', '', RESULT],
  ['a part of the model was not: the response is too early', ' that goes on', null],
])('%s', async (_, rest, expected) => {
  await using server = await respondAfter(MODEL);
  const never = new AbortController().signal;
  const agent = new LateAgent({ keepAlive: false });
  const model = modelRequest(`http://127.0.0.1:${server.port}/`, rest, agent);
  const way = { proxy: null, send: request, agent: () => agent };
  const options = { ca: undefined, userAgent: 'test', limits: HTTP_LIMITS, env: {} };
  const connection = new ModelConnection(model, options, way, never, false);
  const sending = new ModelSending(connection, model, false);
  const message = await connection.response;
  await agent.ended;
  const received = textOf(receiveBody(message, connection, sending, model, never));
  if (expected === null) await expect(received).rejects.toMatchObject({ code: 'result-incomplete' });
  else expect(await received).toBe(expected);
});

/** Its sockets confirm a write only after the end of the other side was read. */
class LateAgent extends Agent {
  ended: Promise<unknown> = Promise.resolve();

  override createConnection(options: { port: number }): Socket {
    const socket = connect(options.port, '127.0.0.1');
    const ended = once(socket, 'end');
    this.ended = ended;
    const write = socket._write.bind(socket);
    const confirmed = (callback: (error?: Error | null) => void) => (error?: Error | null) =>
      void ended.then(() => setImmediate(callback, error));
    socket._write = (chunk, encoding, callback) => write(chunk, encoding, confirmed(callback));
    const writev = socket._writev?.bind(socket);
    if (writev !== undefined) socket._writev = (chunks, callback) => writev(chunks, confirmed(callback));
    return socket;
  }
}

async function respondAfter(model: Uint8Array): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk;
      if (!text.endsWith(`\r\n\r\n${model}`)) return;
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${RESULT.length}\r\n\r\n${RESULT}`);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** Its file is closed after the server has closed; with a `rest`, it is read for longer than the test. */
function modelRequest(url: string, rest: string, agent: LateAgent): ModelRequest {
  return {
    url,
    headers: {},
    length: MODEL.length + rest.length,
    waitMs: null,
    body: (async function* () {
      yield MODEL;
      await (rest === '' ? agent.ended : new Promise(() => {}));
    })(),
    onProgress: () => {},
    onWarning: () => {},
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
