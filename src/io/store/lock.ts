// A lock between processes: a file beside the data that names its holder (CASES B079, B080).
import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, readFile, rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';
import { parseObject } from '../../protocol/text/json-object.js';
import { writeAll } from '../files/durable.js';
import { hostTag, startOf } from '../files/holder.js';
import { checkKind } from '../files/plain-file.js';
import { systemReason } from '../files/system-reason.js';
import { markOf, staysUntouched } from '../files/untouched.js';
import { heldTooLong, type LockHolder, noLock } from './lock-errors.js';

/** A holder touches its lock this often (ms). */
const TOUCH_EVERY_MS = 500;

/** A lock of another machine or container is stale when it was watched for this long (ms) and not touched. */
const STALE_MS = 10_000;

/** The maximum time (ms) between the creation of a lock and its first write, and between the steps of a takeover. */
const MOMENT_MS = 1000;

/** A file that is unreadable for this long (ms) is not our lock. On Windows a file that is being removed is unreadable for a moment. */
const UNREADABLE_MS = 2000;

const MAX_PAUSE_MS = 100;

/** How long (ms) to wait for a lock around one exchange or one save: longer than a token request in both encodings. */
export const LOCK_WAIT_MS = 150_000;

export interface LockOptions {
  pid: number;
  isAlive: (pid: number) => boolean;
  signal: AbortSignal;
  /** How long (ms) to wait for one living holder; then `store-not-writable` names it. Absent: no limit. */
  waitMs?: number;
  /** Replaces `STALE_MS`; tests shorten it. */
  staleMs?: number;
  /** Called once with the holder, after some seconds of waiting. */
  onHeld?: (holder: LockHolder) => void;
}

/** After this long (ms) the wait is reported to the person. */
const REPORT_AFTER_MS = 5000;

/**
 * Takes the lock at `path`, whose folder must exist, and waits while a living process holds it. The lock of a holder that
 * ended on this machine is taken over at once; the lock of another machine or container is taken over when it is not
 * touched. All time spans use the monotonic clock, and the file's date is never compared with ours. Throws the signal's
 * reason, the system's error when no lock can be made, or `store-not-writable` when it cannot be read or the wait is over.
 */
export async function takeLock(path: string, options: LockOptions): Promise<AsyncDisposable> {
  const { pid, isAlive, signal, waitMs, onHeld, staleMs = STALE_MS } = options;
  const mine = JSON.stringify({
    pid,
    host: hostTag(),
    started: startOf(pid),
    name: hostname(),
    since: Date.now(),
    nonce: randomBytes(8).toString('hex'),
  });
  const watch = new Watch(path);
  const takeover = new Watch(markerOf(path));
  const began = performance.now();
  let isReported = false;
  for (let pause = 5; !(await create(path, mine)); pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    signal.throwIfAborted();
    const seen = await watch.look();
    if (seen !== null && isDead(seen, isAlive, staleMs)) await takeOver(path, seen.text, takeover);
    if (seen !== null && waitMs !== undefined && seen.heldMs > waitMs)
      throw heldTooLong(path, seen.holder, waitMs);
    if (seen !== null && !isReported && performance.now() - began > REPORT_AFTER_MS) {
      isReported = true;
      onHeld?.(seen.holder);
    }
    // Random pauses, so that many waiting processes do not try at the same time.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  // Removes a marker that a process left behind when it was killed during a takeover. A living process is done before this.
  if (await staysUntouched(markerOf(path), MOMENT_MS))
    await rm(markerOf(path), { force: true }).catch(() => {});
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_EVERY_MS);
  touching.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(touching);
      // After a long suspension another process may have taken the lock over; its lock is not removed.
      if ((await readFile(path, 'utf8').catch(() => null)) === mine) await rm(path, { force: true });
    },
  };
}

/** True when the file now exists with `text` in it; false when it already existed. On a full disk nothing is left behind. */
async function create(path: string, text: string): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx', 0o600);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    // Windows: a folder, or a file that is being removed. The next `look` finds out which.
    if (mayExist(systemErrorCode(error)) && (await markOf(path)) !== null) return false;
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
  // Suspended between the two calls, this process may have lost the lock to a takeover.
  return (await readFile(path, 'utf8').catch(() => null)) === text;
}

const mayExist = (code: string | undefined) => code === 'EISDIR' || code === 'EPERM' || code === 'EBUSY';

interface Observation {
  text: string;
  holder: LockHolder;
  /** How long (ms) it was watched without a change. */
  untouchedMs: number;
  /** How long (ms) this holder was observed. */
  heldMs: number;
}

/** Observes a lock while a process waits for it. */
class Watch {
  readonly #path: string;
  #mark: string | null = null;
  #since = 0;
  #text: string | null = null;
  #heldSince = 0;
  #unreadableSince: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Null when it is gone or temporarily unreadable. Throws `store-not-writable` when it stays unreadable. */
  async look(): Promise<Observation | null> {
    const now = performance.now();
    const mark = await markOf(this.#path);
    if (mark === null) return null;
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#since = now;
    }
    try {
      const stats = await lstat(this.#path);
      if (stats.isSymbolicLink()) throw new Error('it is a link');
      // Reading a pipe would wait for a program that writes to it.
      checkKind(stats);
      const text = await readFile(this.#path, 'utf8');
      this.#unreadableSince = null;
      if (text !== this.#text) {
        this.#text = text;
        this.#heldSince = now;
      }
      return { text, holder: holderOf(text), untouchedMs: now - this.#since, heldMs: now - this.#heldSince };
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      this.#unreadableSince ??= now;
      if (now - this.#unreadableSince < UNREADABLE_MS) return null;
      const reason = systemErrorCode(error) ? systemReason(error, this.#path) : 'it is a link, not a file';
      throw noLock(this.#path, reason, error);
    }
  }
}

function holderOf(text: string): LockHolder {
  const { pid, host, started, name } = parseObject(text) ?? {};
  return {
    pid: typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : null,
    host: typeof host === 'string' ? host : null,
    started: typeof started === 'number' ? started : null,
    name: typeof name === 'string' ? name : null,
  };
}

function isDead(
  { text, holder, untouchedMs }: Observation,
  isAlive: (pid: number) => boolean,
  staleMs: number,
): boolean {
  // An empty lock is in use between its creation and its first write; its holder may have ended at that moment.
  if (text === '') return untouchedMs > MOMENT_MS;
  const { pid, host, started } = holder;
  if (pid === null || host !== hostTag()) return untouchedMs > staleMs;
  if (!isAlive(pid)) return true;
  const startedNow = startOf(pid);
  // When the system does not report the start of a process, another process may have this id now.
  if (started === null || startedNow === null) return untouchedMs > staleMs;
  return started !== startedNow;
}

/**
 * Removes the lock of a holder that has ended. Only one process at a time may do this, and it reads the lock again first: a
 * holder that has ended cannot release its lock, so the removed lock is the stale one.
 */
async function takeOver(path: string, found: string, takeover: Watch): Promise<void> {
  const marker = markerOf(path);
  if (!(await create(marker, ''))) {
    // A process may have been killed during a takeover.
    const seen = await takeover.look();
    if (seen !== null && seen.untouchedMs > MOMENT_MS) await rm(marker, { force: true });
    return;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) === found) await rm(path, { force: true });
  } finally {
    await rm(marker, { force: true });
  }
}

const markerOf = (path: string) => `${path}.takeover`;
