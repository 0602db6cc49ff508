// The start of a body that is no result: the reason of the service is in it.
import { reasonText } from '../../protocol/invocation/failure-text.js';
import type { Clock } from '../ports/system.js';

/** Most of an error's body that is read for its reason (CASES B104), and how long it may arrive, in ms. */
const REASON_BYTES = 2048;
const REASON_MS = 10_000;

/** What the first bytes of a body give as the reason, in clean words; '' for none. */
export function reasonIn(start: Buffer): string {
  return reasonText(start.subarray(0, REASON_BYTES).toString('utf8'));
}

/** As much of the body of an error as arrives in time: one that trickles would keep the run for hours. */
export async function* briefly(body: AsyncIterable<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array> {
  const since = clock.monotonic();
  for await (const chunk of body) {
    yield chunk;
    if (clock.monotonic() - since > REASON_MS) return;
  }
}

/** The reason in a body, of which no more is read than that takes. */
export async function firstReason(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= REASON_BYTES) break;
    }
  } catch {
    // The status says what matters; a cut reason is shown as far as it came.
  }
  return reasonIn(Buffer.concat(chunks));
}
