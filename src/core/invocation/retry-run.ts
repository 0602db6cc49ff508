// `--retry`: runs a model again, only where the outcome says that nothing ran.
import { waitText } from '../../durations.js';
import { EXIT_CODES } from '../../errors.js';
import type { Timer } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import type { ModelRun } from './run-model.js';

export interface RetryPorts {
  timer: Timer;
  reporter: Reporter;
}

/** The first pause, in ms; each further one is twice as long. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** A service that asks for a longer pause (in seconds) is not waited for. */
const LONGEST_RETRY_AFTER = 3600;

/**
 * Calls `run`, and again up to `times` times after a pause, where that is safe. `name`: the model, for messages. Returns the
 * last run; a pause that the signal ends returns the run before it.
 */
export async function retryRun(
  run: () => Promise<ModelRun>,
  { times, name }: { times: number; name: string },
  { timer, reporter }: RetryPorts,
  signal: AbortSignal,
): Promise<ModelRun> {
  for (let again = 1; ; again += 1) {
    const done = await run();
    const pause = again > times || signal.aborted ? null : pauseBefore(again, done);
    if (pause === null) return done;
    reporter.info(
      `${name}: trying again in ${waitText(pause)} (${again} of ${times}): ${done.error?.message}`,
    );
    try {
      await timer.sleep(pause, signal);
    } catch {
      return done;
    }
  }
}

/** How long to wait before the model is sent again, in ms; null when that is not safe or not useful. */
export function pauseBefore(again: number, run: ModelRun): number | null {
  const asked = run.error?.retryAfterSeconds ?? 0;
  if (!isSafe(run) || asked > LONGEST_RETRY_AFTER) return null;
  const own = Math.min(FIRST_PAUSE_MS * 2 ** (again - 1), LONGEST_PAUSE_MS);
  return Math.max(own, asked * 1000);
}

/**
 * True when nothing ran: the service was not reached, or it refused the request as such. 429 says that (RFC 6585 4). 503 says it
 * only where it came before the whole model, or with Retry-After: the service could otherwise have failed at its work.
 * A stream can be read only once.
 */
function isSafe({ record, error, isPartlySent }: ModelRun): boolean {
  if (error === null || record.input.path === '-') return false;
  if (record.outcome === 'not-sent')
    return error.exitCode === EXIT_CODES.unreachable && isReadable({ record, error });
  if (record.outcome !== 'refused') return false;
  const { status } = record.http;
  return status === 429 || (status === 503 && (isPartlySent || error.retryAfterSeconds !== undefined));
}

/** False for a pipe: its size is not known. A token is requested before the model is opened. */
function isReadable({ record, error }: Pick<ModelRun, 'record' | 'error'>): boolean {
  return record.input.bytes !== null || error?.phase === 'token';
}
