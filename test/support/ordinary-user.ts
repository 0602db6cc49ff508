// Rights mean nothing to root: work that needs them is done as another user, in this process.

import { chmod, chown, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const IS_ROOT = process.getuid?.() === 0;
/** The number of the user without rights on Debian. */
export const OTHER_USER = 65534;

/** A new folder of the user that `asOrdinaryUser` works as. The test removes it. */
export async function ordinaryFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  if (!IS_ROOT) return folder;
  await chown(folder, OTHER_USER, OTHER_USER);
  // Each file of tests has a temporary folder of its own, for root alone. The system's folder is open already.
  const { mode } = await stat(dirname(folder));
  if ((mode & 0o001) === 0) await chmod(dirname(folder), 0o711);
  return folder;
}

/** For tests of a process of their own (the pool `forks`): the user of the whole process changes meanwhile. */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (!IS_ROOT) return await work();
  process.seteuid?.(OTHER_USER);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
