// Files that are not finished carry names of ours; here is how they are spelled, and how a dead run's are cleared.

import { createHash } from 'node:crypto';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const PART = /^\.bimservice-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}\.part$/;
// conf writes a draft by a draft of its own, whose name goes on after ours.
const DRAFT = /^\.bimservice-[0-9a-f]{16}\.draft(\.tmp-\w+)?$/;

/** An open part is touched this often (ms), so that its age tells a run in another container that it lives. */
export const TOUCH_EVERY_MS = 15_000;

/** A part under our own process id that is untouched for this long (ms) was another run's: ids come round again. */
const OWN_STALE_MS = 60_000;

/** A part of another machine or container untouched for this long (ms) is stale; their clocks may differ from ours. */
const FOREIGN_STALE_MS = 600_000;

/** A draft is written and renamed within one breath; an hour (ms) allows for a machine that slept meanwhile. */
const DRAFT_STALE_MS = 3_600_000;

/** Names this machine or container in a part, since a process id tells nothing elsewhere. */
export function hostTag(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

/** Name of a result that is being received. `random` is 16 lower-case hex digits. */
export function partName(pid: number, random: string): string {
  return `.bimservice-${hostTag()}-${pid}-${random}.part`;
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
 * Removes from `folder` what a killed run of ours left there: parts whose process is gone, parts of other machines that
 * nobody has touched for long, and drafts of an hour ago. Plain files with our exact names only, never anything else.
 * Returns the names removed. Never throws: cleaning up is no reason to fail.
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
      // Cleared by another run meanwhile, or not ours to clear.
    }
  }
  return removed;
}

/** After how long without a touch (ms) a file of that name is stale; null: never, or not ours. */
function staleAfter(name: string, { pid, isAlive }: Liveness): number | null {
  if (DRAFT.test(name)) return DRAFT_STALE_MS;
  const [, host, writer] = PART.exec(name) ?? [];
  if (host === undefined) return null;
  if (host !== hostTag()) return FOREIGN_STALE_MS;
  if (Number(writer) === pid) return OWN_STALE_MS;
  return isAlive(Number(writer)) ? null : Number.NEGATIVE_INFINITY;
}
