// A file that a virus scanner, an indexer or a share holds for a moment is tried again for a while.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';

/** What such a holder causes. */
const FOR_A_MOMENT = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Scanners let go within this time (ms), or not at all. */
const TRIED_MS = 2000;

const MAX_PAUSE_MS = 250;

/**
 * Does `work`, and again for up to 2 s while the system refuses it for a moment (EPERM, EACCES, EBUSY). Where `folder` may
 * not be written to at all, the first refusal counts. Throws the last error.
 */
export async function tryAgain<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + TRIED_MS;
  for (let pause = 10; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const mayPass = FOR_A_MOMENT.has(systemErrorCode(error) ?? '') && performance.now() < until;
      if (!mayPass || !(await isWritable(folder))) throw error;
    }
    // Uneven pauses keep many processes from trying in step.
    await sleep(pause * (0.5 + Math.random()));
  }
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
