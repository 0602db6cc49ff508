// The folder of a watch's results: a folder for each model, in it one for each revision, and `latest`.
import { lstat, readdir, rename, rm, rmdir, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ResultFolders } from '../../core/ports/watch.js';
import { isOutcome } from '../../errors.js';
import { outputJson } from '../../protocol/text/json-output.js';
import { makeFolder } from '../files/make-folder.js';
import { RECEIPT_ENDING, readReceipt } from '../files/receipt-file.js';
import { type Liveness, removeStaleParts } from '../files/unfinished-files.js';
import { writeWhole } from '../files/write-whole.js';
import { resultNotWritable } from '../result/result-errors.js';

export const STATE_FILE = '.bimservice-watch.json';

export interface ResultFolderOptions extends Liveness {
  umask: number;
}

/** Makes the folder of results. Throws `result-not-writable`. */
export function makeResultFolder(root: string): Promise<void> {
  return writing(root, () => makeFolder(root));
}

/** `root`: absolute. */
export function resultFolders(root: string, options: ResultFolderOptions): ResultFolders {
  const { umask, pid } = options;
  const mode = 0o666 & ~umask;
  return {
    async saveState(state) {
      const path = join(root, STATE_FILE);
      await writing(path, async () => {
        await makeFolder(root);
        await writeWhole(path, `${outputJson(state, 1)}\n`, { mode, pid });
      });
    },
    async endIn(folder) {
      const names = await readdir(join(root, folder)).catch(() => []);
      for (const name of names.filter((each) => each.endsWith(RECEIPT_ENDING))) {
        const outcome = (await readReceipt(join(root, folder, name)))?.outcome;
        if (isOutcome(outcome)) return outcome;
      }
      return null;
    },
    async pointTo(label, folder) {
      const isThere = await stat(join(root, folder)).then(
        (stats) => stats.isDirectory(),
        () => false,
      );
      if (isThere)
        await writing(join(root, label), () =>
          pointLatest(join(root, label), basename(folder), { mode, pid }),
        );
      return isThere;
    },
    async tidy(folder) {
      const path = join(root, folder);
      await removeStaleParts(path, options);
      // Only empty folders go.
      await rmdir(path).catch(() => {});
      await rmdir(dirname(path)).catch(() => {});
    },
  };
}

/** Makes `latest` in `folder` a link to `name` in one step; a text file with that name where the disk has no links. */
async function pointLatest(
  folder: string,
  name: string,
  options: { mode: number; pid: number },
): Promise<void> {
  const latest = join(folder, 'latest');
  const draft = join(folder, `.latest-${options.pid}`);
  await rm(draft, { force: true });
  try {
    await symlink(name, draft, 'dir');
  } catch {
    if ((await lstat(latest).catch(() => null))?.isSymbolicLink()) await rm(latest);
    return writeWhole(latest, `${name}\n`, options);
  }
  await rename(draft, latest);
}

async function writing(path: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    throw resultNotWritable(path, error);
  }
}
