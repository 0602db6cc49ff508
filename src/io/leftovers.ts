// Files that are not finished carry names of ours; here is how they are spelled, and how a dead run's are cleared.

import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const PART = /^\.bimservice-(\d+)-[0-9a-f]{16}\.part$/;
const DRAFT = /^\.bimservice-[0-9a-f]{16}\.draft$/;

/** An open part is touched this often (ms), so that its age tells a run in another container that it lives. */
export const TOUCH_EVERY_MS = 15_000;

/** A part untouched for this long (ms) is stale once its writer is dead. */
const PART_STALE_MS = 60_000;

/** A draft is written and renamed within one breath; an hour (ms) allows for a machine that slept meanwhile. */
const DRAFT_STALE_MS = 3_600_000;

/** Name of a result that is being received. `random` is 16 lower-case hex digits. */
export function partName(pid: number, random: string): string {
  return `.bimservice-${pid}-${random}.part`;
}

/** Name of a small file that is being replaced. `random` is 16 lower-case hex digits. */
export function draftName(random: string): string {
  return `.bimservice-${random}.draft`;
}

/** What `removeStaleParts` has to know about this machine. */
export interface Liveness {
  /** Our own process id. */
  pid: number;
  /** True while a process of that id runs on this machine, whoever owns it. */
  isAlive: (pid: number) => boolean;
}

/**
 * Removes from `folder` what a killed run of ours left there: parts that nobody touched for a minute and whose
 * process is gone, and drafts of an hour ago. Plain files with our exact names only, never anything else. A part
 * under our own process id counts as dead when untouched: in a container every run has the same id.
 * Returns the names removed. Never throws: cleaning up is no reason to fail.
 */
export async function removeStaleParts(folder: string, { pid, isAlive }: Liveness): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const writer = PART.exec(entry.name)?.[1];
    if (!entry.isFile() || (writer === undefined && !DRAFT.test(entry.name))) continue;
    if (writer !== undefined && Number(writer) !== pid && isAlive(Number(writer))) continue;
    const path = join(folder, entry.name);
    try {
      const age = Date.now() - (await lstat(path)).mtimeMs;
      if (age < (writer === undefined ? DRAFT_STALE_MS : PART_STALE_MS)) continue;
      await unlink(path);
      removed.push(entry.name);
    } catch {
      // Cleared by another run meanwhile, or not ours to clear.
    }
  }
  return removed;
}
