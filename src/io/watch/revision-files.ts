// The downloaded revisions of a BIMserver's projects: `POID-ROID.ifc`, whole or not at all.
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isThere } from '../files/is-there.js';
import { makeFolder } from '../files/make-folder.js';
import { openResultFile } from '../result/result-file.js';

/** Downloads a revision to `file`, unless it is there. Throws `result-not-writable`, and the errors of `download`. */
export async function saveRevision(
  file: string,
  download: () => AsyncIterable<Uint8Array>,
  { umask, pid }: { umask: number; pid: number },
): Promise<void> {
  if (await isThere(file)) return;
  const directory = dirname(file);
  await makeFolder(directory);
  await using part = await openResultFile({ directory, umask, pid });
  for await (const piece of download()) await part.write(piece);
  await part.commit(basename(file), { overwrite: true, onTaken: 'fail' });
}

/** Removes the revisions of a project before `roid`. Never throws. */
export async function keepOnly(folder: string, poid: string, roid: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const old = names.filter((name) => name.startsWith(`${poid}-`) && name !== `${poid}-${roid}.ifc`);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true }).catch(() => {})));
}
