// A lock between processes: a file beside the data that names its holder (CASES B079, B080).
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';
import { writeAll } from '../files/durable.js';
import { hostTag } from '../files/unfinished-files.js';

/** A holder touches its lock this often (ms). */
const TOUCH_EVERY_MS = 500;

/** A lock that nobody touched for this long (ms) has lost its holder, wherever that ran. */
const STALE_MS = 10_000;

/** Taking a dead holder's lock away is a matter of a moment (ms); what lasts longer was killed doing it. */
const RELIEF_MS = 1000;

const LONGEST_PAUSE_MS = 100;

export interface LockOptions {
  pid: number;
  isAlive: (pid: number) => boolean;
  signal: AbortSignal;
}

/**
 * Takes the lock at `path`, whose folder must exist, and waits while a living holder has it. A holder that died on this
 * machine is relieved at once. Throws the signal's reason, or the system's error where no lock can be made.
 */
export async function takeLock(
  path: string,
  { pid, isAlive, signal }: LockOptions,
): Promise<AsyncDisposable> {
  const mine = JSON.stringify({
    pid,
    host: hostTag(),
    start: Date.now(),
    nonce: randomBytes(8).toString('hex'),
  });
  for (let pause = 5; !(await create(path, mine)); pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const holder = await readFile(path, 'utf8').catch(() => null);
    if (holder !== null && (await isDead(path, holder, isAlive))) await relieve(path, holder);
    // Uneven pauses keep many waiters from trying in step.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  await clearRelief(reliefOf(path));
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_EVERY_MS);
  touching.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(touching);
      // Suspended for long, we may have been relieved: another's lock is left alone.
      if ((await readFile(path, 'utf8').catch(() => null)) === mine) await rm(path, { force: true });
    },
  };
}

/** True when the file is now there with `text` in it; false where there was one. On a full disk nothing is left. */
async function create(path: string, text: string): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx', 0o600);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await writeAll(handle, new TextEncoder().encode(text));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  // Stopped between the two calls, we may have been taken for dead and relieved: then it is another's.
  return (await readFile(path, 'utf8').catch(() => null)) === text;
}

async function isDead(path: string, holder: string, isAlive: (pid: number) => boolean): Promise<boolean> {
  const untouched = await ageOf(path);
  // An empty lock is one between its creation and its first write; its holder may have died just there.
  if (untouched > (holder === '' ? RELIEF_MS : STALE_MS)) return true;
  const [, pid, host] = /^\{"pid":(\d+),"host":"([0-9a-f]+)"/.exec(holder) ?? [];
  return host === hostTag() && !isAlive(Number(pid));
}

/**
 * Takes a dead holder's lock away. Only one at a time may, and it looks again first: a dead holder cannot have let go
 * meanwhile, so what it removes is what was found dead.
 */
async function relieve(path: string, holder: string): Promise<void> {
  const relief = reliefOf(path);
  if (!(await create(relief, ''))) return clearRelief(relief);
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) === holder) await rm(path, { force: true });
  } finally {
    await rm(relief, { force: true });
  }
}

const reliefOf = (path: string) => `${path}.relief`;

/** Removes what a process left that was killed while it relieved another. */
async function clearRelief(relief: string): Promise<void> {
  if ((await ageOf(relief)) > RELIEF_MS) await rm(relief, { force: true });
}

/** How long ago (ms) a file was touched; 0 where there is none. */
async function ageOf(path: string): Promise<number> {
  const touched = (await stat(path).catch(() => null))?.mtimeMs;
  return touched === undefined ? 0 : Date.now() - touched;
}
