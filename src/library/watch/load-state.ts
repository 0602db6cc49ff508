// Reads the state file in the folder of results.
import { join } from 'node:path';
import { readState, StateDefect, type WatchState } from '../../core/watch/watch-record.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { readLocalFile } from '../../io/files/read-input.js';
import { resultNotWritable } from '../../io/result/result-errors.js';
import { STATE_FILE } from '../../io/watch/result-folders.js';
import { cleanText } from '../../protocol/text/clean-text.js';

/** Throws `store-damaged`, and `usage` where the results are those of another service. */
export async function loadState(output: string, resourceUrl: string): Promise<WatchState> {
  const path = join(output, STATE_FILE);
  const state = await storedState(path);
  if (state === null) return { service: resourceUrl, models: new Map() };
  if (state.service === resourceUrl) return state;
  throw new BimServiceError(
    'usage',
    `${output} has the results of another service (${cleanText(state.service)})`,
    { hint: 'Choose another folder with -o: one for each service.' },
  );
}

async function storedState(path: string): Promise<WatchState | null> {
  try {
    return readState(JSON.parse(String(await readLocalFile(path))));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    if (systemErrorCode(error) !== undefined) throw resultNotWritable(path, error);
    const why = error instanceof StateDefect ? error.message : 'is not JSON';
    throw new BimServiceError('store-damaged', `${path} ${why}`, {
      hint: 'Move it away to begin again: every model is then run a second time.',
      cause: error,
    });
  }
}
