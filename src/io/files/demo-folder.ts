// The folder for the demo's model and result, and a temporary folder for the configuration of its commands.
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { makeFolder } from './make-folder.js';
import type { Liveness } from './unfinished-files.js';
import { writeWhole } from './write-whole.js';

export interface DemoFolder extends AsyncDisposable {
  path: string;
  modelPath: string;
  /** Deleted when the demo ends, so that no credential stays behind. */
  configDir: string;
}

const PREFIX = 'bimservice-demo-';

/** A demo that was killed left its credentials behind. Those of a provider that is gone open nothing; they are removed. */
async function removeLeftovers(isAlive: Liveness['isAlive']): Promise<void> {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const [, pid] = /^bimservice-demo-(\d+)-\w{6}$/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

async function removeLink(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSymbolicLink()) await rm(path);
}

/** Makes `path` and writes the model into it. Throws `result-not-writable`. */
export async function useDemoFolder(
  path: string,
  model: { name: string; text: string },
  { pid, isAlive }: Liveness,
): Promise<DemoFolder> {
  try {
    await removeLeftovers(isAlive);
    await makeFolder(path);
    const modelPath = join(path, model.name);
    // In a shared folder someone may have put a link there, to have us overwrite another file.
    await removeLink(modelPath);
    await writeWhole(modelPath, model.text, { mode: 0o644, pid });
    const configDir = await mkdtemp(join(tmpdir(), `${PREFIX}${pid}-`));
    return {
      path,
      modelPath,
      configDir,
      [Symbol.asyncDispose]: () => rm(configDir, { recursive: true, force: true }),
    };
  } catch (error) {
    throw new BimServiceError(
      'result-not-writable',
      `the demo cannot write to ${path} (${systemErrorCode(error) ?? 'unknown'})`,
      {
        hint: 'Choose another folder: bimservice demo -o FOLDER',
        cause: error,
      },
    );
  }
}
