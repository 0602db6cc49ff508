// One file replaced whole or not at all: the credential store, the cache and receipts are written this way.

import { randomBytes } from 'node:crypto';
import { open, readlink, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { syncFolder, writeAll } from './durable.js';
import { draftName } from './unfinished-files.js';

/** As many links as Linux follows before it says ELOOP. */
const MOST_LINKS = 40;

/**
 * Replaces `path` with `data`, or leaves it exactly as it was. The draft is written beside the target (0600), all of
 * it, given `mode` and forced to the disk, then renamed over the target. A symlink at `path` is kept and what it
 * points to is replaced (CASES B077). The folder must exist. Throws the system's own error; the draft is gone then.
 */
export async function writeWhole(
  path: string,
  data: string | Uint8Array,
  { mode }: { mode: number },
): Promise<void> {
  const target = await followLinks(path);
  const folder = dirname(target);
  const draft = join(folder, draftName(randomBytes(8).toString('hex')));
  const handle = await open(draft, 'wx', 0o600);
  try {
    try {
      await writeAll(handle, typeof data === 'string' ? new TextEncoder().encode(data) : data);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, target);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Where a chain of symlinks at `path` ends, whether or not anything is there; a plain path as it is. */
async function followLinks(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links < MOST_LINKS; links += 1) {
    try {
      target = resolve(dirname(target), await readlink(target));
    } catch (error) {
      // EINVAL is a file that is no link; Windows says UNKNOWN for that on some shares.
      if (['EINVAL', 'ENOENT', 'UNKNOWN'].includes(systemErrorCode(error) ?? '')) return target;
      throw error;
    }
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links at '${basename(path)}'`), { code: 'ELOOP' });
}
