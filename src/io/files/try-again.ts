// Tries again for some time when a virus scanner, an indexer or a share blocks a file.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';

/** The error codes of a blocked file. */
const TEMPORARY = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Scanners release a file within this time (ms), or not at all. */
const RETRY_MS = 2000;

const MAX_PAUSE_MS = 250;

/**
 * Does `work`, and again for up to 2 s while the system refuses it temporarily (EPERM, EACCES, EBUSY). If `folder` cannot be
 * written at all, the first refusal is final. Throws the last error.
 */
export async function tryAgain<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + RETRY_MS;
  for (let pause = 10; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const mayPass = TEMPORARY.has(systemErrorCode(error) ?? '') && performance.now() < until;
      if (!mayPass || !(await isWritable(folder))) throw error;
    }
    // Random pauses, so that many processes do not try at the same time.
    await sleep(pause * (0.5 + Math.random()));
  }
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
