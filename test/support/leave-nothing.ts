// Around a run (vitest's globalSetup): all tests get one temporary folder, and a run that leaves something in it fails. In CI, where
// no one edits meanwhile, that counts for the checkout too.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The names that `tmpdir()` reads, on all systems. */
const VARIABLES = ['TMPDIR', 'TMP', 'TEMP'];

export default function giveFolder(): () => void {
  // Short: paths of sockets in it have at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'bs-'));
  // As the folder of the system: some tests run programs as another user.
  chmodSync(folder, 0o1777);
  for (const name of VARIABLES) process.env[name] = folder;
  const before = process.env.CI ? changesOf(ROOT) : null;
  return () => {
    const left = leftIn(folder);
    rmSync(folder, { recursive: true, force: true });
    const changed = before === null ? [] : changesOf(ROOT).filter((line) => !before.includes(line));
    const faults = [
      ...left.map((name) => `a test left ${name} in the temporary folder`),
      ...changed.map((line) => `a test changed the checkout: ${line}`),
    ];
    if (faults.length === 0) return;
    // vitest prints an error of this function, and ends with 0.
    process.exitCode = 1;
    throw new Error(faults.join('\n'));
  };
}

/** What is in `folder` beside the code cache of the program, which stays there on purpose. */
export function leftIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => !/^bimservice-code-\d+$/.test(name));
}

/** The files of a checkout that differ from its commit or are not in it, as `git status` prints them; none without git. */
export function changesOf(root: string): string[] {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain', '--untracked-files=all'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
}
