// A websocket that sends too much ends its own run at most: memory stays flat, and the end says why (PROTOCOL 1.7).
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { RunChannel } from '../../src/core/ports/http.js';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { Secret } from '../../src/secret.js';

const MIB = 1024 * 1024;
const FLAT_BYTES = 80 * MIB;

const signal = new AbortController().signal;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** The head of a frame from a server (RFC 6455 5.2): unmasked, final. */
function head(opcode: 'text' | 'binary' | 'ping', bytes: number): Buffer {
  const first = { text: 0x81, binary: 0x82, ping: 0x89 }[opcode];
  if (bytes < 126) return Buffer.from([first, bytes]);
  const long = Buffer.alloc(10);
  long[0] = first;
  long[1] = 127;
  long.writeBigUInt64BE(BigInt(bytes), 2);
  return long;
}

const text = (message: unknown) => {
  const bytes = Buffer.from(JSON.stringify(message));
  return Buffer.concat([head('text', bytes.length), bytes]);
};

const progress = text({ type: 'progress', topicId: 1, payload: { progress: 1, label: 'x'.repeat(100) } });

/** A server that greets, takes the token, gives an endpoint, and then does `next`. */
async function channelTo(next: (socket: Socket) => Promise<void>, before?: Buffer): Promise<RunChannel> {
  const server = createServer();
  servers.push(server);
  server.on('upgrade', ({ headers }, socket: Socket) => {
    socket.on('error', () => {});
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    if (before !== undefined) socket.write(before);
    socket.write(text({ welcome: 1 }));
    socket.once('data', () => {
      socket.write(text({ type: 'endpoint', payload: {} }));
      void next(socket);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = createHttpClient({ ca: undefined, userAgent: 'test', limits: HTTP_LIMITS, env: {} });
  return client.openRunChannel(
    { url: `ws://127.0.0.1:${address.port}/`, token: new Secret('token-1') },
    signal,
  );
}

/** Writes `bytes` for as long as the other side takes them, at most `most`; gives what was taken. */
async function pour(socket: Socket, bytes: Buffer, most: number): Promise<number> {
  let written = 0;
  while (written < most && !socket.destroyed) {
    written += bytes.length;
    const next = (name: string) => once(socket, name).catch(() => {});
    if (!socket.write(bytes)) await Promise.race([next('drain'), next('close'), delay(500)]);
    if (socket.writableLength > 4 * MIB) break;
  }
  return written;
}

async function lastWords(channel: RunChannel): Promise<string> {
  for (;;) {
    const event = await channel.next(signal);
    if (event.kind === 'lost') return event.why;
  }
}

test.each([
  ['a text of 512 MB', 'text'],
  ['bytes that were not announced', 'binary'],
] as const)('%s: the end says why, and what came is not kept', async (_, opcode) => {
  const before = process.memoryUsage().rss;
  await using channel = await channelTo(async (socket) => {
    socket.write(head(opcode, 512 * MIB - 1));
    await pour(socket, Buffer.alloc(MIB, 'x'), 512 * MIB);
  });
  expect(await lastWords(channel)).toContain('more than 1 MiB');
  expect(process.memoryUsage().rss - before).toBeLessThan(FLAT_BYTES);
});

test('a flood before the POST is over waits with the server', async () => {
  const block = Buffer.concat(Array.from({ length: 5000 }, () => progress));
  let taken = Promise.resolve(0);
  await using channel = await channelTo(async (socket) => {
    taken = pour(socket, block, 300 * MIB);
  });
  const before = process.memoryUsage().rss;
  // No events are read while a model is sent.
  expect(await taken).toBeLessThan(100 * MIB);
  expect(process.memoryUsage().rss - before).toBeLessThan(FLAT_BYTES);
  for (let read = 0; read < 10_000; read += 1) expect((await channel.next(signal)).kind).toBe('progress');
});

test('a flood while events are read: memory stays flat, and the result comes behind it', async () => {
  const block = Buffer.concat(Array.from({ length: 2000 }, () => progress));
  const result = Buffer.alloc(3 * MIB, 'r');
  await using channel = await channelTo(async (socket) => {
    for (let blocks = 0; blocks < 40; blocks += 1) {
      if (!socket.write(block)) await once(socket, 'drain');
    }
    socket.write(text({ type: 'output', topicId: 1, payload: { schemaName: 'X' } }));
    socket.write(Buffer.concat([head('binary', result.length), result]));
  });
  const before = process.memoryUsage().rss;
  for (;;) {
    const event = await channel.next(signal);
    if (event.kind === 'progress') continue;
    if (event.kind === 'output') continue;
    if (event.kind !== 'binary') throw new Error(event.kind);
    expect(Buffer.concat(event.pieces).equals(result)).toBe(true);
    break;
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(FLAT_BYTES);
});

test('a title of 140 MB, and nesting of any depth, end no program', async () => {
  await using deep = await channelTo(async (socket) => {
    const nested = Buffer.from(`{"type":"progress","payload":${'['.repeat(500_000)}${']'.repeat(500_000)}}`);
    socket.write(Buffer.concat([head('text', nested.length), nested, progress]));
  });
  expect((await deep.next(signal)).kind).toBe('progress');
  await using titled = await channelTo(async (socket) => {
    const start = Buffer.from('{"type":"output","topicId":1,"payload":{"title":"');
    socket.write(Buffer.concat([head('text', 140 * MIB), start]));
    await pour(socket, Buffer.alloc(MIB, 't'), 140 * MIB);
  });
  expect(await lastWords(titled)).toContain('more than 1 MiB');
});
