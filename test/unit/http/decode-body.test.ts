// Content codings: true ones are decoded; false and unknown ones leave the bytes as they are (the content decides).
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BimServiceError } from '../../../src/errors.js';
import { decodeBody } from '../../../src/io/http/decode-body.js';

const JSON_TEXT = Buffer.from(JSON.stringify({ issues: Array.from({ length: 400 }, (_, id) => ({ id })) }));
const ZIP = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(5000, 7)]);
const BYTES = Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919) % 251));

/** In uneven pieces, as from a socket. */
async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
}

async function decode(body: AsyncIterable<Uint8Array>, name: string | undefined) {
  const warnings: string[] = [];
  const chunks: Uint8Array[] = [];
  let error: unknown = null;
  try {
    const onWarning = (line: string) => warnings.push(line);
    for await (const chunk of decodeBody(body, { name, host: 'host:1', onWarning })) chunks.push(chunk);
  } catch (thrown) {
    error = thrown;
  }
  return { bytes: Buffer.concat(chunks), warnings, error };
}

test.each([
  ['nothing', undefined, JSON_TEXT],
  ['identity', 'identity', JSON_TEXT],
  ['gzip', 'gzip', gzipSync(JSON_TEXT)],
  ['x-gzip in capitals', 'X-GZIP', gzipSync(JSON_TEXT)],
  ['deflate', 'deflate', deflateSync(JSON_TEXT)],
  ['raw deflate', 'deflate', deflateRawSync(JSON_TEXT)],
  ['br', 'br', brotliCompressSync(JSON_TEXT)],
  ['two codings, the last applied first', 'gzip, br', brotliCompressSync(gzipSync(JSON_TEXT))],
  ['identity beside gzip', 'identity, gzip', gzipSync(JSON_TEXT)],
])('%s is decoded, without a word', async (_, name, body) => {
  expect(await decode(pieces(body), name)).toEqual({ bytes: JSON_TEXT, warnings: [], error: null });
});

test.each([
  ['UTF-8', JSON_TEXT],
  ['binary', ZIP],
  ['aws-chunked', ZIP],
  ['gzip', ZIP],
  ['gzip', JSON_TEXT],
  ['deflate', JSON_TEXT],
  ['deflate', ZIP],
  ['br', JSON_TEXT],
  ['br', Buffer.from('<html><body>no</body></html>')],
])('%s that is not applied: as it is, with one warning', async (name, body) => {
  const { bytes, warnings, error } = await decode(pieces(body), name);
  expect([bytes, error]).toEqual([body, null]);
  expect(warnings).toEqual([expect.stringContaining(name.toLowerCase())]);
});

test.each([
  ['gzip', /says that it is coded in gzip, and is not/],
  ['rot13', /names the content coding 'rot13'/],
])('%s over bytes that look like nothing: all of them, and then the cause', async (name, words) => {
  const { bytes, warnings, error } = await decode(pieces(BYTES), name);
  expect([bytes, warnings]).toEqual([BYTES, []]);
  expect(error).toMatchObject({
    code: 'result-unexpected',
    outcome: 'done',
    message: expect.stringMatching(words),
  });
});

test('a damaged coding is named as that', async () => {
  const body = gzipSync(JSON_TEXT, { level: 0 });
  body.writeUInt8(body.readUInt8(200) ^ 0xff, 200);
  const { error } = await decode(pieces(body), 'gzip');
  expect(error).toMatchObject({
    code: 'result-incomplete',
    message: expect.stringContaining('damaged in its coding gzip'),
  });
});

test('a cut coding ends in an error, with what came before it', async () => {
  const body = gzipSync(BYTES).subarray(0, -8);
  const { bytes, error } = await decode(pieces(body), 'gzip');
  expect(bytes).toEqual(BYTES);
  expect(error).not.toBeInstanceOf(BimServiceError);
  expect(error).toMatchObject({ code: 'Z_BUF_ERROR' });
});

test('an empty body needs no coding', async () => {
  expect(await decode(pieces(Buffer.alloc(0)), 'gzip')).toEqual({
    bytes: Buffer.alloc(0),
    warnings: [],
    error: null,
  });
});

test.each([
  ['gzip', () => gzipSync(Buffer.alloc(200_000_000))],
  [
    'br',
    () => brotliCompressSync(Buffer.alloc(200_000_000), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  ],
])('a decompression bomb in %s is refused by its ratio, long before its end', async (name, make) => {
  const { bytes, error } = await decode(pieces(make()), name);
  expect(error).toMatchObject({ code: 'result-unexpected', message: expect.stringContaining('250 times') });
  expect(bytes.length).toBeLessThan(100_000_000);
});

test('the source is closed when the reader leaves', async () => {
  let isClosed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    const block = gzipSync(BYTES);
    try {
      for (;;) yield block;
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of decodeBody(endless(), { name: 'gzip', host: 'host:1', onWarning: () => {} })) break;
  await expect.poll(() => isClosed).toBe(true);
});
