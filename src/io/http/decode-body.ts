// Content codings (RFC 9110 8.4). We ask for `identity`, but a proxy may compress nevertheless, and many servers name a coding
// that they did not apply. So the bytes decide: a body that is not coded as its header says is taken as it is.
import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { kindOf } from '../../protocol/content/content-kind.js';
import { cleanText } from '../../protocol/text/clean-text.js';

/** Enough to see what the content is. */
const HEAD_BYTES = 4096;

/** Codings that are decoded one after the other; more are an attack. */
const MOST_CODINGS = 3;

/**
 * A body that grows more than this, and beyond these bytes, is a decompression bomb. Models and reports shrink to a tenth or
 * a fiftieth; gzip cannot do better than 1032, Brotli can do a million.
 */
const MOST_GROWTH = 250;
const BOMB_BYTES = 64 * 1024 * 1024;

export interface BodyCoding {
  /** `Content-Encoding` as sent. */
  name: string | undefined;
  /** Host and port, for messages. */
  host: string;
  /** Hears of a header that is not true, while the content can be used. */
  onWarning: (line: string) => void;
}

/**
 * The body without its content codings. A coding that is not applied, or not known, leaves the bytes as they are: with a
 * warning where the content is recognizable, and else with BimServiceError `result-unexpected` behind the last byte, so that
 * the reader may keep them. A damaged coding is `result-incomplete`, a decompression bomb `result-unexpected`; a cut coding
 * ends in zlib's own error (CASES B130).
 */
export function decodeBody(body: AsyncIterable<Uint8Array>, coding: BodyCoding): AsyncIterable<Uint8Array> {
  const names = (coding.name ?? '').split(',').map((name) => name.trim().toLowerCase());
  const applied = names.filter((name) => name !== '' && name !== 'identity').reverse();
  return applied.length === 0 ? body : decoded(body, applied, coding);
}

async function* decoded(
  body: AsyncIterable<Uint8Array>,
  names: readonly string[],
  coding: BodyCoding,
): AsyncGenerator<Uint8Array> {
  if (names.length > MOST_CODINGS) throw unusable(coding.host, `names ${names.length} content codings`);
  let received = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      received += chunk.length;
      yield chunk;
    }
  }
  let bytes = 0;
  const layers = names.reduce<AsyncGenerator<Uint8Array>>(
    (coded, name) => withoutCoding(coded, name, coding),
    counted(),
  );
  for await (const chunk of layers) {
    bytes += chunk.length;
    if (bytes > BOMB_BYTES && bytes > received * MOST_GROWTH)
      throw unusable(coding.host, `grows to more than ${MOST_GROWTH} times its size when it is decoded`);
    yield chunk;
  }
}

async function* withoutCoding(
  body: AsyncGenerator<Uint8Array>,
  name: string,
  { host, onWarning }: BodyCoding,
): AsyncGenerator<Uint8Array> {
  const head = await headOf(body);
  // An empty body is coded in nothing.
  if (head.length === 0) return;
  const whole = joined(head, body);
  const decoder = decoderFor(name, head);
  if (decoder !== null) {
    pipeline(Readable.from(whole, { objectMode: false }), decoder, () => {});
    try {
      yield* decoder;
    } catch (error) {
      if (DAMAGED.test(systemErrorCode(error) ?? '')) throw damaged(host, name, error);
      throw error;
    }
    return;
  }
  const shown = cleanText(name, 40);
  const fault = CODINGS.has(name)
    ? `says that it is coded in ${shown}, and is not`
    : `names the content coding '${shown}', which is not known here`;
  const isKnown = isRecognizable(head);
  if (isKnown) onWarning(`the response of ${host} ${fault}; it is taken as it is`);
  yield* whole;
  if (!isKnown) throw unusable(host, fault);
}

/** At least the first HEAD_BYTES, or all there are. */
async function headOf(body: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const step = await body.next();
    if (step.done === true) break;
    chunks.push(step.value);
    bytes += step.value.length;
  }
  return Buffer.concat(chunks);
}

async function* joined(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

const CODINGS = new Set(['gzip', 'x-gzip', 'deflate', 'br']);

/** Null when the bytes are not in the coding that they name. `deflate` is zlib's format, and often the raw one (RFC 9110 8.4.1.2). */
function decoderFor(name: string, head: Uint8Array): Transform | null {
  const [first = 0, second = 0] = head;
  if (name === 'gzip' || name === 'x-gzip') return first === 0x1f && second === 0x8b ? createGunzip() : null;
  if (name === 'deflate') {
    const isZlib = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
    if (isZlib) return createInflate();
    return isRecognizable(head) ? null : createInflateRaw();
  }
  return name === 'br' && !isRecognizable(head) ? createBrotliDecompress() : null;
}

/** What is compressed looks like nothing that we know. */
function isRecognizable(head: Uint8Array): boolean {
  return kindOf(head) !== 'binary';
}

/** zlib's codes and Brotli's; Z_BUF_ERROR, the end of a cut coding, is not one of them. */
const DAMAGED = /^Z_(?:DATA|STREAM)_ERROR$|^Z_NEED_DICT$|^ERR_.*_ERROR_/;

function damaged(host: string, name: string, cause: unknown): BimServiceError {
  return new BimServiceError(
    'result-incomplete',
    `the response of ${host} is damaged in its coding ${name} (${systemErrorCode(cause)})`,
    {
      ...DONE,
      hint: 'The job has run. Inform the provider; a proxy in between may also be the cause.',
      cause,
    },
  );
}

function unusable(host: string, fault: string): BimServiceError {
  return new BimServiceError('result-unexpected', `the response of ${host} ${fault}`, {
    ...DONE,
    hint: 'The job has run. Inform the provider; a proxy in between may also be the cause.',
  });
}

const DONE = { phase: 'download', outcome: 'done' } as const;
