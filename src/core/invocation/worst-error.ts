// The exit code of a command with several models: that of the worst outcome.
import type { BimServiceError } from '../../errors.js';

/**
 * Exit codes from the worst to the least, as README lists them: first what stopped the command, then what a person must look at
 * (9: the job may have run), then failures by how much happened. 5 is last of the failures: where it is the code, all
 * failures are safe to repeat.
 */
export const WORST_FIRST: readonly number[] = [143, 130, 1, 9, 8, 6, 7, 4, 3, 2, 5, 10];

/** The error with the worst exit code, of several the first; null when there is none. */
export function worstError(errors: readonly BimServiceError[]): BimServiceError | null {
  const rank = ({ exitCode }: BimServiceError) => WORST_FIRST.indexOf(exitCode);
  return errors.toSorted((one, other) => rank(one) - rank(other))[0] ?? null;
}
