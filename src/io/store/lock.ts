// A lock between processes: a file beside the data that names its holder (CASES B079, B080).
import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, readFile, rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';
import { parseObject } from '../../protocol/text/json-object.js';
import { writeAll } from '../files/durable.js';
import { hostTag, startOf } from '../files/holder.js';
import { systemReason } from '../files/system-reason.js';
import { markOf, staysUntouched } from '../files/untouched.js';
import { heldTooLong, type LockHolder, noLock } from './lock-errors.js';

/** A holder touches its lock this often (ms). */
const TOUCH_EVERY_MS = 500;

/** A lock of another machine or container that we have watched for so long (ms) without a touch has lost its holder. */
const STALE_MS = 10_000;

/** Between creation and first write lies a moment (ms), as between the steps that take a dead holder's lock away. */
const MOMENT_MS = 1000;

/** What cannot be read for so long (ms) is no lock of ours; on Windows a file that is being removed cannot be read for a moment. */
const UNREADABLE_MS = 2000;

const LONGEST_PAUSE_MS = 100;

/** How long (ms) a lock around one exchange or one save is waited for: longer than both encodings of a token request take. */
export const LOCK_WAIT_MS = 150_000;

export interface LockOptions {
  pid: number;
  isAlive: (pid: number) => boolean;
  signal: AbortSignal;
  /** How long (ms) to wait for one living holder; then `store-not-writable` names it. Without it the wait has no end. */
  waitMs?: number;
  /** In the place of `STALE_MS`; tests shorten it. */
  staleMs?: number;
  /** Hears once, after a few seconds, who holds the lock. */
  onHeld?: (holder: LockHolder) => void;
}

/** After so long (ms) a person wants to know what is waited for. */
const TELL_AFTER_MS = 5000;

/**
 * Takes the lock at `path`, whose folder must exist, and waits while a living holder has it. A lock whose holder died on this
 * machine is taken over at once, that of another machine or container when no one touches it: all spans are watched
 * with the monotonic clock, and the file's date is never compared with ours. Throws the signal's reason, the system's
 * error where no lock can be made, or `store-not-writable` where it cannot be read or the wait is over.
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
  const takeover = new Watch(permitOf(path));
  const began = performance.now();
  let told = false;
  for (let pause = 5; !(await create(path, mine)); pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const seen = await watch.look();
    if (seen !== null && isDead(seen, isAlive, staleMs)) await takeOver(path, seen.text, takeover);
    if (seen !== null && waitMs !== undefined && seen.heldMs > waitMs)
      throw heldTooLong(path, seen.holder, waitMs);
    if (seen !== null && !told && performance.now() - began > TELL_AFTER_MS) {
      told = true;
      onHeld?.(seen.holder);
    }
    // Uneven pauses keep many waiters from trying in step.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  // A process may have been killed while it took the lock over. A living one is done before this ends.
  if (await staysUntouched(permitOf(path), MOMENT_MS)) await rm(permitOf(path), { force: true });
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_EVERY_MS);
  touching.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(touching);
      // Suspended for long, we may have been taken for dead: another's lock is left alone.
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
    // Windows: a folder, or a file that is being removed. The next look says which.
    if (isHere(systemErrorCode(error)) && (await markOf(path)) !== null) return false;
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
  // Stopped between the two calls, we may have been taken for dead: then it is another's.
  return (await readFile(path, 'utf8').catch(() => null)) === text;
}

const isHere = (code: string | undefined) => code === 'EISDIR' || code === 'EPERM' || code === 'EBUSY';

interface Seen {
  text: string;
  holder: LockHolder;
  /** For how long (ms) we have watched it without a change. */
  untouchedMs: number;
  /** For how long (ms) we have seen this holder have it. */
  heldMs: number;
}

/** What a waiter has seen of a lock. */
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

  /** Null where it is gone, or cannot be read for now. Throws `store-not-writable` where it stays unreadable. */
  async look(): Promise<Seen | null> {
    const now = performance.now();
    const mark = await markOf(this.#path);
    if (mark === null) return null;
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#since = now;
    }
    try {
      if ((await lstat(this.#path)).isSymbolicLink()) throw new Error('it is a link');
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
  { text, holder, untouchedMs }: Seen,
  isAlive: (pid: number) => boolean,
  staleMs: number,
): boolean {
  // An empty lock is one between its creation and its first write; its holder may have died just there.
  if (text === '') return untouchedMs > MOMENT_MS;
  const { pid, host, started } = holder;
  if (pid === null || host !== hostTag()) return untouchedMs > staleMs;
  if (!isAlive(pid)) return true;
  const startedNow = startOf(pid);
  // Where the system does not say when a process started, the id may be another's by now.
  if (started === null || startedNow === null) return untouchedMs > staleMs;
  return started !== startedNow;
}

/**
 * Takes a dead holder's lock away. Only one at a time may, and it looks again first: a dead holder cannot have let go
 * meanwhile, so what it removes is what was found dead.
 */
async function takeOver(path: string, found: string, takeover: Watch): Promise<void> {
  const permit = permitOf(path);
  if (!(await create(permit, ''))) {
    // A process may have been killed while it took a lock over.
    const seen = await takeover.look();
    if (seen !== null && seen.untouchedMs > MOMENT_MS) await rm(permit, { force: true });
    return;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) === found) await rm(path, { force: true });
  } finally {
    await rm(permit, { force: true });
  }
}

const permitOf = (path: string) => `${path}.takeover`;
