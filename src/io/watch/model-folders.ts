// Looks for models in folders. Events only say that it is time for a look: on many shares none come.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileLook, Look, ModelFolders } from '../../core/ports/watch.js';
import { systemErrorCode } from '../../errors.js';
import { notAFile } from '../files/plain-file.js';
import { systemReason } from '../files/system-reason.js';
import { fileMark, fileMarkAt, stillMark } from './file-mark.js';
import { inspectRevision } from './inspect-revision.js';

const MODEL_NAME = /\.ifc\w*$/i;

/** Drafts of programs (`.x.ifc`, `~x.ifc`, `~$x.ifc`) and of synchronization (`~syncthing~x.ifc.tmp`). */
const DRAFT_NAME = /^[.~]/;

/** What Syncthing, Dropbox, Nextcloud and ownCloud call a copy with a conflict. */
const CONFLICT_NAME = /\.sync-conflict-\d{8}-|conflicted copy/i;

/** As many files are looked at together. */
const TOGETHER = 32;

export function isModelName(name: string): boolean {
  return MODEL_NAME.test(name) && !DRAFT_NAME.test(name);
}

export class WatchedFolders implements ModelFolders {
  readonly #paths: readonly string[];
  readonly #output: string;
  #identity = '';
  #generation = 0;

  /** Absolute paths of folders and of files; nothing in `output` is a model. */
  constructor(paths: readonly string[], output: string) {
    this.#paths = paths;
    this.#output = output;
  }

  /** Another number when a folder came back, or is another one than before: its events have to be asked for anew. */
  get generation(): number {
    return this.#generation;
  }

  async look(signal: AbortSignal): Promise<Look> {
    const look: Look = { files: [], away: [], conflicts: [] };
    const identities: string[] = [];
    for (const path of this.#paths) identities.push(await this.#lookAt(path, look, signal));
    const identity = identities.join(' ');
    if (identity !== this.#identity) this.#generation += 1;
    this.#identity = identity;
    return look;
  }

  inspect(path: string, signal: AbortSignal) {
    return inspectRevision(path, signal);
  }

  markOf(path: string): Promise<string | null> {
    return fileMarkAt(path);
  }

  /** One of the named paths; returns what identifies it on its disk. */
  async #lookAt(path: string, look: Look, signal: AbortSignal): Promise<string> {
    try {
      const stats = await stat(path, { bigint: true });
      if (stats.isDirectory()) await this.#walk(path, look, signal);
      else if (!stats.isFile()) look.away.push({ path, why: systemReason(notAFile(), path) });
      else look.files.push({ path, still: stillMark(stats), mark: fileMark(stats) });
      return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : 'file';
    } catch (error) {
      signal.throwIfAborted();
      if (systemErrorCode(error) === undefined) throw error;
      // A file that is replaced is not there for a moment; a folder that is not there is a share that is away.
      if (!MODEL_NAME.test(path)) look.away.push({ path, why: systemReason(error, path) });
      return 'away';
    }
  }

  async #walk(folder: string, look: Look, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const entries = await readdir(folder, { withFileTypes: true });
    const names: string[] = [];
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (path === this.#output || /^[.$]/.test(entry.name)) continue;
        await this.#walk(path, look, signal).catch((error: unknown) => {
          signal.throwIfAborted();
          const code = systemErrorCode(error);
          if (code === undefined) throw error;
          if (code !== 'ENOENT') look.away.push({ path, why: systemReason(error, path) });
        });
      } else if (isModelName(entry.name)) {
        if (CONFLICT_NAME.test(entry.name)) look.conflicts.push(path);
        else names.push(path);
      }
    }
    for (let at = 0; at < names.length; at += TOGETHER) {
      const files = await Promise.all(names.slice(at, at + TOGETHER).map(lookAtFile));
      look.files.push(...files.filter((file) => file !== null));
    }
  }
}

/** Null for what is no file, and for what went away since the folder was read. */
async function lookAtFile(path: string): Promise<FileLook | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null);
  return stats?.isFile() ? { path, still: stillMark(stats), mark: fileMark(stats) } : null;
}
