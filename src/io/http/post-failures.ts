// The failures of a model's POST after bytes of the model were sent, in words that say whether the job may have run.

import { BimServiceError, messageOf, systemErrorCode } from '../../errors.js';
import { hostOf } from '../../protocol/repository/addresses.js';

/** A broken connection without a system code. Its message is the rest of a sentence. */
export function lost(words: string): Error {
  return new Error(words);
}

/** The connection broke before a response. `sent`: how many bytes were sent, or null when the whole model was sent. */
export function connectionLost(error: unknown, url: string, sent: number | null): BimServiceError {
  const code = systemErrorCode(error);
  const why = code === undefined ? messageOf(error) : `connection lost (${code})`;
  const when = sent === null ? 'while the service was working' : `after ${sent} bytes of the model`;
  const phase = sent === null ? 'wait' : 'upload';
  return new BimServiceError(
    'outcome-unknown',
    `${hostOf(url)}: ${code === 'ETIMEDOUT' ? messageOf(error) : why} ${when}`,
    {
      phase,
      outcome: 'unknown',
      hint: 'The service may have run the job. Look there before you send the model again.',
      cause: error,
    },
  );
}

/** The server responded, but its head violates the rules of HTTP (CASES B139). */
export function unreadableHead(error: unknown, url: string): BimServiceError {
  const code = systemErrorCode(error) ?? 'unknown';
  return new BimServiceError(
    'result-incomplete',
    `${hostOf(url)} responded with a head that cannot be read (${code})`,
    {
      phase: 'download',
      outcome: 'unknown',
      hint: 'Nothing was kept. The job may have run; ask the provider before you send the model again.',
      cause: error,
    },
  );
}

/** A 2xx came before the whole model was sent, and the rest could not be sent. */
export function respondedTooEarly(url: string): BimServiceError {
  return new BimServiceError(
    'result-incomplete',
    `${hostOf(url)} responded before it had read the whole model`,
    {
      phase: 'download',
      outcome: 'unknown',
      hint: 'It cannot be about the whole model. Ask the provider, then send the model again.',
    },
  );
}

/** The response is incomplete (CASES B128, B130). */
export function responseCut(
  error: unknown,
  url: string,
  bytes: number,
  total: number | null,
): BimServiceError {
  const of = total === null ? `${bytes} bytes` : `${bytes} of ${total} bytes`;
  return new BimServiceError(
    'result-incomplete',
    `${hostOf(url)}: the response ended after ${of} (${systemErrorCode(error) ?? messageOf(error)})`,
    {
      phase: 'download',
      outcome: 'done',
      hint: 'Nothing was kept under the final name. The job has run; ask the provider before you send the model again.',
      cause: error,
    },
  );
}
