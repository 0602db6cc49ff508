// Names of unfinished files, and the removal of those that a killed run has left behind.

import { createHash } from 'node:crypto';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const PART = /^\.bimservice-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}\.part$/;
// conf writes a draft through its own draft, whose name begins with ours.
const DRAFT = /^\.bimservice-[0-9a-f]{16}\.draft(\.tmp-\w+)?$/;

/** An open part is touched at this interval (ms); a recent time shows a run in another container that it is in use. */
export const TOUCH_EVERY_MS = 15_000;

/** A part with our own process id that is untouched for this long (ms) is from an earlier run: ids are reused. */
const OWN_STALE_MS = 60_000;

/** A part of another machine or container that is untouched for this long (ms) is stale; clocks may differ. */
const FOREIGN_STALE_MS = 600_000;

/** A draft is written and renamed at once. One hour (ms) allows for a machine that was suspended in between. */
const DRAFT_STALE_MS = 3_600_000;

/** Identifies this machine or container in the name of a part, because process ids are local to a machine. */
export function hostTag(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

/** The name of a result that is being received. `random` is 16 lower-case hex digits. */
export function partName(pid: number, random: string): string {
  return `.bimservice-${hostTag()}-${pid}-${random}.part`;
}

/** The name of a small file that is being replaced. `random` is 16 lower-case hex digits. */
export function draftName(random: string): string {
  return `.bimservice-${random}.draft`;
}

/** What `removeStaleParts` needs to know about this machine. */
export interface Liveness {
  /** Our own process id. */
  pid: number;
  /** True when a process with that id runs on this machine, for any user. */
  isAlive: (pid: number) => boolean;
}

/**
 * Removes from `folder` what a killed run has left there: parts whose process has ended, parts of other machines that
 * were not touched for a long time, and drafts older than an hour. Removes only plain files with exactly our names.
 * Returns the removed names. Never throws, because a failed cleanup must not fail the command.
 */
export async function removeStaleParts(folder: string, liveness: Liveness): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const limit = entry.isFile() ? staleAfter(entry.name, liveness) : null;
    if (limit === null) continue;
    const path = join(folder, entry.name);
    try {
      if (Date.now() - (await lstat(path)).mtimeMs < limit) continue;
      await unlink(path);
      removed.push(entry.name);
    } catch {
      // Another run has removed it, or we are not allowed to.
    }
  }
  return removed;
}

/** The time without a touch (ms) after which a file with that name is stale; null: never, or not ours. */
function staleAfter(name: string, { pid, isAlive }: Liveness): number | null {
  if (DRAFT.test(name)) return DRAFT_STALE_MS;
  const [, host, writer] = PART.exec(name) ?? [];
  if (host === undefined) return null;
  if (host !== hostTag()) return FOREIGN_STALE_MS;
  if (Number(writer) === pid) return OWN_STALE_MS;
  return isAlive(Number(writer)) ? null : Number.NEGATIVE_INFINITY;
}
