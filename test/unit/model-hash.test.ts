import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ModelHash } from '../../src/core/ports/model.js';
import { ModelHashing } from '../../src/io/model/model-hash.js';
import { LARGE_MODEL_BYTES } from '../../src/io/model/piece-ring.js';

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** `bytes` in pieces, each in memory that is overwritten as soon as allowed: in two alternating buffers. */
function* inTwoBuffers(bytes: Buffer): Generator<Uint8Array> {
  const buffers = [0, 1].map(() => Buffer.from(new SharedArrayBuffer(MIB)));
  for (let at = 0, turn = 0; at < bytes.length; at += MIB, turn = 1 - turn) {
    const length = bytes.copy(buffers[turn] as Buffer, 0, at, at + MIB);
    yield (buffers[turn] as Buffer).subarray(0, length);
  }
}

async function hashAll(hash: ModelHash, bytes: Buffer): Promise<void> {
  for (const piece of inTwoBuffers(bytes)) {
    hash.update(piece);
    await hash.caughtUp();
  }
}

const model = randomBytes(12 * MIB + 7);

test.each([
  ['a small model', model.length],
  ['a model of unknown length', null],
  ['a large model, in the thread', LARGE_MODEL_BYTES],
])('%s', async (_, length) => {
  await using hashing = new ModelHashing();
  const hash = await hashing.open(length);
  await hashAll(hash, model);
  expect(await hash.hex()).toBe(sha256(model));
  // A failed run may have read more: late pieces change nothing.
  hash.update(model);
  expect(await hash.hex()).toBe(sha256(model));
  expect(await (await hashing.open(length)).hex()).toBe(sha256(Buffer.alloc(0)));
});

test('several large models at once share the thread without mixing their pieces', async () => {
  await using hashing = new ModelHashing();
  const models = [model, randomBytes(5 * MIB), Buffer.alloc(0)];
  const hashes = await Promise.all(
    models.map(async (bytes) => {
      const hash = await hashing.open(LARGE_MODEL_BYTES);
      await hashAll(hash, bytes);
      return hash.hex();
    }),
  );
  expect(hashes).toEqual(models.map(sha256));
});

test('memory that is not shared is copied, without the buffer around it', async () => {
  await using hashing = new ModelHashing();
  const hash = await hashing.open(LARGE_MODEL_BYTES);
  const piece = Buffer.from(model.subarray(5, 5 + MIB));
  hash.update(piece.subarray(3, 400));
  piece.fill(0);
  expect(await hash.hex()).toBe(sha256(model.subarray(8, 405)));
});

test('a thread that ends early costs the hash, not the run', async () => {
  const hashing = new ModelHashing();
  const hash = await hashing.open(LARGE_MODEL_BYTES);
  hash.update(model.subarray(0, MIB));
  await hashing[Symbol.asyncDispose]();
  await hashAll(hash, model);
  expect(await hash.hex()).toBeNull();
});
