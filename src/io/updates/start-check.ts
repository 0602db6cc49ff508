// Starts the small program that asks npm for the newest version, and does not wait for it.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The bundle of `src/check-update.ts`, as seen from the chunks of the program. A one-file program has none. */
const CHECKER = fileURLToPath(new URL('../check-update.cjs', import.meta.url));

/** `path`: the file that gets the response of npm. A check that does not start is only one day late. */
export function startCheck(path: string): void {
  if (!existsSync(CHECKER)) return;
  const child = fork(CHECKER, [path], {
    // Not the working folder: its .npmrc may be another project's.
    cwd: dirname(path),
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('error', () => {}).unref();
  child.channel?.unref();
}
