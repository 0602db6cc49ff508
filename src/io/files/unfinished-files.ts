// Files that are not finished carry names of ours; here is how they are spelled, and how a dead run's are cleared.

import { type Dirent, readdirSync } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hostTag } from './holder.js';
import { staysUntouched } from './untouched.js';

const PART = /^\.bimservice-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{16}\.part$/;
// conf writes a draft through its own draft, whose name begins with ours.
const DRAFT = /^\.bimservice-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{16}\.(?:draft(?:\.tmp-\w+)?|html)$/;

/** An open part is touched this often (ms), so that a run in another container sees that it lives. */
export const TOUCH_EVERY_MS = 1000;

/** A part that may be dead is watched for this long (ms) without a touch before it is removed. */
const WATCHED_MS = 4 * TOUCH_EVERY_MS;

/** A part under our own process id with a date this old (ms) may be another run's: ids are used again. */
const OWN_STALE_MS = 60_000;

/** A part of another machine or container with a date this old (ms) may be dead; its clock may differ from ours. */
const FOREIGN_STALE_MS = 600_000;

/** A draft of another container with a date this old (ms) is dead: a draft lives for a moment, and whose draft is gone writes another. */
const DRAFT_STALE_MS = 3_600_000;

/** Name of a result that is being received. `random` is 16 lower-case hex digits. */
export function partName(pid: number, random: string): string {
  return `.bimservice-${hostTag()}-${pid}-${random}.part`;
}

/** Name of a small file that is being replaced. `random` is 16 lower-case hex digits. */
export function draftName(pid: number, random: string): string {
  return `.bimservice-${hostTag()}-${pid}-${random}.draft`;
}

/** Name of a page for the browser that lives as long as a login. `random` is 16 lower-case hex digits. */
export function pageName(pid: number, random: string): string {
  return `.bimservice-${hostTag()}-${pid}-${random}.html`;
}

/** What `removeStaleParts` has to know about this machine. */
export interface Liveness {
  /** Our own process id. */
  pid: number;
  /** True when a process with that id runs on this machine, for any user. */
  isAlive: (pid: number) => boolean;
}

/**
 * Removes from `folder` what a killed run of ours left there: parts and drafts whose process is gone, and those of other
 * machines or containers that are old and that no one touches. Plain files with our exact names only, never anything else.
 * Returns the names removed. Never throws: cleaning up is no reason to fail.
 */
export async function removeStaleParts(folder: string, liveness: Liveness): Promise<string[]> {
  const removed = await Promise.all(
    entriesOf(folder)
      .filter((entry) => entry.isFile() && (DRAFT.test(entry.name) || PART.test(entry.name)))
      .map(async ({ name }) => {
        const path = join(folder, name);
        try {
          if (!(await isStale(path, name, liveness))) return null;
          await unlink(path);
          return name;
        } catch {
          // Cleared by another run meanwhile, or not ours to clear.
          return null;
        }
      }),
  );
  return removed.filter((name) => name !== null);
}

/** Read at once: this is done at each start, where Node's promises take longer to load than a folder to read. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function isStale(path: string, name: string, { pid, isAlive }: Liveness): Promise<boolean> {
  const isDraft = DRAFT.test(name);
  const [, host, writer] = (isDraft ? DRAFT : PART).exec(name) ?? [];
  if (host === undefined) return false;
  const isForeign = host !== hostTag();
  const isOwn = !isForeign && Number(writer) === pid;
  if (!isForeign && !isOwn) return !isAlive(Number(writer));
  const isOlderThan = async (ms: number) => Date.now() - (await lstat(path)).mtimeMs >= ms;
  if (isDraft) return isOlderThan(isOwn ? OWN_STALE_MS : DRAFT_STALE_MS);
  // A date is only a hint, since clocks are set and differ. To be untouched for several beats is the proof.
  if (!(await isOlderThan(isOwn ? OWN_STALE_MS : FOREIGN_STALE_MS))) return false;
  return staysUntouched(path, WATCHED_MS);
}
