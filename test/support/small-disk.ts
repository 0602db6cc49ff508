// A small file system for tests of full and read-only disks. Linux and root only.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The reason for skipping a test: why no small disk is possible here; null when it is. */
export const noSmallDisk: string | null =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'needs root on Linux to mount a tmpfs';

/** A mounted tmpfs. Disposing unmounts it. */
export interface SmallDisk extends AsyncDisposable {
  folder: string;
  /** Fills the disk until `bytes` (a multiple of 4096) are free. */
  fillTo(bytes: number): Promise<void>;
  makeReadOnly(): void;
}

/** Mounts a tmpfs of `kib` KiB on a new folder. */
export async function mountSmallDisk(kib: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', folder]);
  return {
    folder,
    async fillTo(bytes) {
      let used = 0;
      for (const name of await readdir(folder)) used += (await stat(join(folder, name))).blocks * 512;
      await writeFile(join(folder, 'filler'), new Uint8Array(kib * 1024 - used - bytes));
    },
    makeReadOnly() {
      execFileSync('mount', ['-o', 'remount,ro', folder]);
    },
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [folder]);
      await rm(folder, { recursive: true });
    },
  };
}
