// A folder that only one process at a time may use, for as long as that process runs.
import { deadline } from '../../deadline.js';
import { BimServiceError } from '../../errors.js';
import { readLocalFile } from '../../io/files/read-input.js';
import { systemReason } from '../../io/files/system-reason.js';
import { takeLock } from '../../io/store/lock.js';
import { parseObject } from '../../protocol/text/json-object.js';
import type { Ports } from './ports.js';

/** A lock that is held this long, ms, is held by a process that runs. */
const LOCK_MS = 1500;
/** In a container every process has the same id: only time tells a lock of the last one from a lock that is held. */
const SAME_PID_LOCK_MS = 12_000;

/** Takes the lock file `path`. Throws `store-not-writable` with the words `held` or `failed`. */
export async function lockFolder(
  { place, signal }: Pick<Ports, 'place' | 'signal'>,
  path: string,
  { held, failed, hint }: { held: string; failed: string; hint: string },
): Promise<AsyncDisposable> {
  const { pid } = place;
  const isAlive = (id: number) => place.isAlive(id);
  const holder = await readLocalFile(path).then(String, () => '');
  const isSame = parseObject(holder)?.pid === pid;
  using limit = deadline(signal, isSame ? SAME_PID_LOCK_MS : LOCK_MS, new Error('held'));
  try {
    return await takeLock(path, { pid, isAlive, signal: limit.signal });
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof BimServiceError ? error.message : systemReason(error, path);
    const words = limit.passed ? held : `${failed} (${reason})`;
    throw new BimServiceError('store-not-writable', words, { hint, cause: error });
  }
}
