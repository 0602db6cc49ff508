// Saves a secret in a file that the person named.
import { BimServiceError } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { systemReason } from './system-reason.js';
import { writeWhole } from './write-whole.js';

/** Writes `text` to `path` completely, readable only for this account (0600). Throws `result-not-writable`. */
export async function saveSecret(path: string, text: string, { pid }: { pid: number }): Promise<void> {
  try {
    await writeWhole(path, text, { mode: 0o600, pid });
  } catch (error) {
    const message = `cannot write ${cleanText(path, 500)} (${systemReason(error, path)})`;
    throw new BimServiceError('result-not-writable', message, {
      hint: 'Choose another place with --output.',
      cause: error,
    });
  }
}
