// Takes in the body of a successful response: into its target, with what is needed to judge it.

import { BimServiceError } from '../../errors.js';
import { LONGEST_ERROR } from '../../protocol/invocation/service-error.js';
import { bytesText } from '../../protocol/text/clean-text.js';
import { headerValue } from '../../protocol/text/headers.js';
import type { ModelResponse } from '../ports/http.js';
import type { ResultTarget } from '../ports/result.js';

/** What has arrived of a body so far. */
export interface Arrived {
  bytes: number;
  /** The bytes that a target would pass through: they wait until the body is judged. Null once they are written. */
  waiting: Uint8Array | null;
}

/** A body that has arrived whole. */
export interface ReceivedBody extends Arrived {
  /** The first bytes, at most `LONGEST_ERROR`. */
  start: Buffer;
  /** It holds nothing but blanks, zero bytes and a byte order mark. */
  isBlank: boolean;
}

export interface BodyLimits {
  /** `--max-result` in bytes; null for no limit. */
  maxBytes: number | null;
  serviceId: string;
}

/**
 * Receives a body. Throws what its reading throws, `result-unexpected` for one that is too large, and the target's errors.
 *
 * @param arrived counts what arrives, also where this throws in the end
 */
export async function receiveBody(
  response: ModelResponse,
  target: ResultTarget,
  { maxBytes, serviceId }: BodyLimits,
  arrived: Arrived,
): Promise<ReceivedBody> {
  const start: Uint8Array[] = [];
  let isBlank = true;
  let isWaiting = target.passesThrough;
  const announced = contentLength(response);
  if (maxBytes !== null && announced !== null && announced > maxBytes)
    throw tooLarge(serviceId, maxBytes, announced);
  try {
    for await (const chunk of response.body) {
      const { bytes } = arrived;
      if (maxBytes !== null && bytes + chunk.length > maxBytes) throw tooLarge(serviceId, maxBytes, null);
      if (bytes < LONGEST_ERROR) start.push(Buffer.from(chunk.subarray(0, LONGEST_ERROR - bytes)));
      isBlank &&= isBlankAt(chunk, bytes);
      arrived.bytes += chunk.length;
      if (isWaiting && arrived.bytes <= LONGEST_ERROR) continue;
      // The bytes of this chunk are in `start` only up to its limit.
      if (isWaiting) await target.write(Buffer.concat(start).subarray(0, bytes));
      isWaiting = false;
      await target.write(chunk);
    }
  } finally {
    arrived.waiting = isWaiting ? Buffer.concat(start) : null;
  }
  return { ...arrived, start: Buffer.concat(start), isBlank };
}

const BLANKS: ReadonlySet<number> = new Set([0, 0x09, 0x0a, 0x0d, 0x20]);
const MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);

function isBlankAt(chunk: Uint8Array, position: number): boolean {
  return chunk.every((byte, index) => BLANKS.has(byte) || (position + index < 3 && MARK.has(byte)));
}

function contentLength({ headers }: ModelResponse): number | null {
  const text = headerValue(headers, 'content-length') ?? '';
  const isCoded = headerValue(headers, 'content-encoding') !== null;
  return /^\d{1,15}$/.test(text) && !isCoded ? Number(text) : null;
}

function tooLarge(serviceId: string, maxBytes: number, announced: number | null): BimServiceError {
  const size = announced === null ? '' : `: it has ${bytesText(announced)}`;
  return new BimServiceError(
    'result-unexpected',
    `the result of ${serviceId} is larger than --max-result (${bytesText(maxBytes)})${size}`,
    {
      outcome: 'done',
      phase: 'download',
      hint: 'The job has run. Take its result with a larger --max-result.',
    },
  );
}
