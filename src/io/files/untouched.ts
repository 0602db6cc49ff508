// Finds out whether another process still touches a file. The file is watched with the monotonic clock, because its date may
// come from another machine's clock, or from before our clock was set.
import { lstat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often (ms) a file is checked while it is watched. */
const LOOK_EVERY_MS = 250;

/** Watches `path` for `ms`: true when it exists and was not touched; false as soon as it changes or is gone. */
export async function staysUntouched(path: string, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  const before = await markOf(path);
  if (before === null) return false;
  while (performance.now() < until) {
    await sleep(Math.min(LOOK_EVERY_MS, ms));
    if ((await markOf(path)) !== before) return false;
  }
  return true;
}

/** A value that changes with each touch; null when there is no such file. */
export async function markOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeMs } = await lstat(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return null;
  }
}
