// The default store: one file for each credential in a separate folder, 0600 in 0700, written completely or not at all.
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { chmod, rename, rm, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { join, sep } from 'node:path';
import type { RecordStore } from '../../core/ports/credentials.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { makePrivateFolder } from '../files/make-folder.js';
import { readPlainSync } from '../files/plain-file.js';
import { systemReason } from '../files/system-reason.js';
import { draftName } from '../files/unfinished-files.js';
import { writeWhole } from '../files/write-whole.js';
import { LOCK_WAIT_MS, type LockOptions, takeLock } from './lock.js';
import type { StoreOptions } from './store-options.js';

export interface CredentialFilesOptions extends StoreOptions {
  folder: string;
  onHeld: NonNullable<LockOptions['onHeld']>;
  /** Epoch ms; part of the name of a damaged file's copy. */
  now: () => number;
}

const RECORD = /^((?:token|registration)-[0-9a-f]{32})\.json$/;
const COPY = /^(?:token|registration)-[0-9a-f]{32}\.json\.corrupt-\d+$/;

/** Records as files in `folder`. Failures are BimServiceErrors `store-not-writable` and `store-damaged` (exit 7). */
export function createCredentialFiles(options: CredentialFilesOptions): RecordStore {
  const { folder } = options;
  const start = join(folder, sep);
  const fileOf = (key: string) => `${start}${key}.json`;
  return {
    kindOf: async () => 'files',
    async read(key) {
      await options.cleanUp();
      return read(fileOf(key), options);
    },
    async write(key, text) {
      const path = fileOf(key);
      try {
        await prepareFolder(options);
        await options.cleanUp();
        await writeWhole(path, text, { mode: 0o600, pid: options.pid, warn: options.warn });
      } catch (error) {
        throw notSaved(path, error);
      }
    },
    async remove(key) {
      await options.cleanUp();
      return remove(fileOf(key));
    },
    async keys() {
      await options.cleanUp();
      return namesIn(folder)
        .flatMap((name) => RECORD.exec(name)?.[1] ?? [])
        .toSorted();
    },
    async removeCopies() {
      const copies = namesIn(folder).filter((name) => COPY.test(name));
      const removed = await Promise.all(copies.map((name) => remove(join(folder, name))));
      return removed.filter(Boolean).length;
    },
    async setAside(key) {
      const path = fileOf(key);
      const kept = `${path}.corrupt-${options.now()}`;
      try {
        await rename(path, kept);
        return `the stored credential was damaged; it is kept as ${kept}`;
      } catch {
        return `the stored credential ${path} is damaged`;
      }
    },
    async lock(key, signal, wait = 'short') {
      const path = join(folder, `${key}.lock`);
      try {
        await prepareFolder(options);
        return await takeLock(path, {
          ...options,
          signal,
          ...(wait === 'short' ? { waitMs: LOCK_WAIT_MS } : {}),
        });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BimServiceError) throw error;
        throw notSaved(path, error);
      }
    },
    async probe() {
      // A draft's name: of two probes at once neither finds the other's file gone, and a killed one's is removed later.
      const path = join(folder, draftName(options.pid, randomBytes(8).toString('hex')));
      try {
        await prepareFolder(options);
        await options.cleanUp();
        await writeWhole(path, '{}\n', { mode: 0o600, pid: options.pid });
      } catch (error) {
        throw notSaved(folder, error);
      }
      await remove(path);
    },
  };
}

async function read(path: string, options: CredentialFilesOptions): Promise<string | null> {
  try {
    // The files are small, and a list reads hundreds of them: without a thread for each this takes a tenth of the time.
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return null;
    const text = readPlainSync(path, found);
    await tighten(path, 0o600, options, found);
    return text;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new BimServiceError('store-damaged', `${path} cannot be read (${systemReason(error, path)})`, {
      hint: 'Check the file and its owner, or name another folder with --config-dir.',
      cause: error,
    });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw new BimServiceError('store-damaged', `${folder} cannot be read (${systemReason(error, folder)})`, {
      hint: 'Check the folder and its owner, or name another folder with --config-dir.',
      cause: error,
    });
  }
}

async function prepareFolder(options: CredentialFilesOptions): Promise<void> {
  await makePrivateFolder(options.folder);
  await tighten(options.folder, 0o700, options);
}

function notSaved(path: string, error: unknown): BimServiceError {
  if (error instanceof BimServiceError) return error;
  return new BimServiceError('store-not-writable', `could not save ${path} (${systemReason(error, path)})`, {
    hint: 'Check the folder, its owner and the free space, or name another folder with --config-dir.',
    cause: error,
  });
}

async function remove(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new BimServiceError(
      'store-not-writable',
      `could not remove ${path} (${systemReason(error, path)})`,
      {
        cause: error,
      },
    );
  }
}

/** Removes the rights of other users on our file or folder (CASES B068). Windows has no such bits. */
async function tighten(
  path: string,
  mode: number,
  options: CredentialFilesOptions,
  stats: { mode: number } | null = null,
): Promise<void> {
  if (platform() === 'win32') return;
  const found = (stats ?? (await stat(path))).mode & 0o777;
  if ((found & ~mode) === 0) return;
  // No right is added: a folder that its owner may not write either was made so on purpose (CASES B073).
  const left = found & mode;
  await chmod(path, left).then(
    () =>
      options.warn(`${path} was open to others (mode ${found.toString(8)}); now it is ${left.toString(8)}`),
    () => options.warn(`${path} is open to others (mode ${found.toString(8)})`),
  );
}
