// A large model is sent in large pieces, and in smaller parts when the network is slow, so that progress moves.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { originOf } from '../support/strict-server.js';

const MIB = 1024 * 1024;
const PIECE = 4 * MIB;
const PIECES = 24;

test('after a stall the model continues in parts of 1 MiB, and arrives complete', async () => {
  let received = 0;
  let readOn = () => {};
  const server = createServer((request, response) => {
    // Nothing is read until the sender has met the end of all buffers on the way.
    readOn = () => {
      request.on('data', (chunk) => {
        received += chunk.length;
      });
      request.on('end', () => response.end('taken'));
    };
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const steps: number[] = [];
  let before = 0;
  let stalled: NodeJS.Timeout | undefined;
  const client = createHttpClient({ ca: undefined, userAgent: 'test', limits: HTTP_LIMITS, env: {} });
  const response = await client.postModel(
    {
      url: `${originOf(server)}/`,
      headers: {},
      length: PIECES * PIECE,
      waitMs: null,
      body: pieces(),
      onWarning: () => {},
      onProgress: (progress) => {
        if (progress.phase !== 'upload') return;
        steps.push(progress.bytes - before);
        before = progress.bytes;
        clearTimeout(stalled);
        stalled = setTimeout(() => {
          steps.push(-1);
          readOn();
        }, 1000);
      },
    },
    new AbortController().signal,
  );
  for await (const _ of response.body);
  clearTimeout(stalled);
  server.close();
  const stall = steps.indexOf(-1);
  expect(received).toBe(PIECES * PIECE);
  expect(steps.slice(stall)).toContain(MIB);
});

async function* pieces(): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(PIECE, 'x');
  for (let index = 0; index < PIECES; index += 1) yield piece;
}
