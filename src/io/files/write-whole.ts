// Replaces one file completely or not at all. The credential store, the cache and receipts are written this way.

import { randomBytes } from 'node:crypto';
import { lstat, open, readlink, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { syncFolder, writeAll } from './durable.js';
import { checkKind } from './plain-file.js';
import { tryAgain } from './try-again.js';
import { draftName } from './unfinished-files.js';

/** Linux follows this many links before it reports ELOOP. */
const MAX_LINKS = 40;

export interface WriteOptions {
  mode: number;
  /** Our process id, part of the draft's name (see `removeStaleParts`). */
  pid: number;
  /** Hears where the file system keeps no modes, so that others may read the file. */
  warn?: (line: string) => void;
}

/**
 * Replaces `path` with `data`, or leaves it exactly as it was. A draft (0600) is written beside the target, completed,
 * set to `mode`, flushed to the disk and then renamed over the target. A symlink at `path` is kept, and the file that it
 * points to is replaced (CASES B077); a pipe, a device or a socket is not (CASES B136). What the system refuses for a moment
 * is tried again for 2 s. The folder must exist. Throws the system's error and removes the draft.
 */
export async function writeWhole(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions,
): Promise<void> {
  const target = await followLinks(path);
  // With rights enough a rename would put a file in the place of `/dev/null`.
  const there = await lstat(target).catch(() => null);
  if (there !== null) checkKind(there);
  const folder = dirname(target);
  await tryAgain(folder, () => replace(target, data, options));
  await syncFolder(folder);
}

async function replace(
  target: string,
  data: string | Uint8Array,
  { mode, pid, warn }: WriteOptions,
): Promise<void> {
  const draft = join(dirname(target), draftName(pid, randomBytes(8).toString('hex')));
  const handle = await open(draft, 'wx', 0o600);
  try {
    try {
      await writeAll(handle, typeof data === 'string' ? new TextEncoder().encode(data) : data);
      await handle.chmod(mode).catch((error: unknown) => {
        warn?.(
          `${target}: the disk keeps no file modes (${systemErrorCode(error)}); others may be able to read it`,
        );
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, target);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
}

/** The final target of a chain of symlinks at `path`, even if it does not exist; a plain path unchanged. */
async function followLinks(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    try {
      target = resolve(dirname(target), await readlink(target));
    } catch (error) {
      // EINVAL means that the file is not a link; on some shares Windows reports UNKNOWN instead.
      if (['EINVAL', 'ENOENT', 'UNKNOWN'].includes(systemErrorCode(error) ?? '')) return target;
      throw error;
    }
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links at '${basename(path)}'`), { code: 'ELOOP' });
}
