// How a model's POST can fail once bytes of the model have left, in words that say whether the job may have run.

import { BimServiceError, messageOf, systemErrorCode } from '../../errors.js';
import { hostOf } from '../../protocol/repository/addresses.js';

/** A broken connection without a system code; its message is the rest of a sentence. */
export function lost(words: string): Error {
  return new Error(words);
}

/** The connection broke before an answer. `sent`: bytes that had gone out, or null when the model had gone out whole. */
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

/** The server answered, but its head breaks the rules of HTTP (CASES B139). */
export function unreadableHead(error: unknown, url: string): BimServiceError {
  const code = systemErrorCode(error) ?? 'unknown';
  return new BimServiceError(
    'result-incomplete',
    `${hostOf(url)} answered with a head that cannot be read (${code})`,
    {
      phase: 'download',
      outcome: 'unknown',
      hint: 'Nothing was kept. The job may have run; ask the provider before you send the model again.',
      cause: error,
    },
  );
}

/** A 2xx came before the model was out, and the rest could not be sent. */
export function respondedTooEarly(url: string): BimServiceError {
  return new BimServiceError(
    'result-incomplete',
    `${hostOf(url)} answered before it had read the whole model`,
    {
      phase: 'download',
      outcome: 'unknown',
      hint: 'The answer is not kept, since it cannot be about the whole model. Ask the provider, then send it again.',
    },
  );
}

/** The answer broke off (CASES B128, B130). */
export function responseCut(
  error: unknown,
  url: string,
  bytes: number,
  total: number | null,
): BimServiceError {
  const of = total === null ? `${bytes} bytes` : `${bytes} of ${total} bytes`;
  return new BimServiceError(
    'result-incomplete',
    `${hostOf(url)}: the answer broke off after ${of} (${systemErrorCode(error) ?? messageOf(error)})`,
    {
      phase: 'download',
      outcome: 'done',
      hint: 'Nothing was kept under the final name. The job has run; ask the provider before you send the model again.',
      cause: error,
    },
  );
}
