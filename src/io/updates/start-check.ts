// Starts the small program that asks npm for the newest version, and does not wait for it.
import { fork } from 'node:child_process';
import { dirname } from 'node:path';
import { smallProgram } from '../../small-programs.js';

/** `path`: the file that gets the response of npm. A check that does not start is only one day late. */
export function startCheck(path: string): void {
  const checker = smallProgram('check-update');
  if (checker === null) return;
  const child = fork(checker, [path], {
    // Not the working folder: its .npmrc may be another project's.
    cwd: dirname(path),
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('error', () => {}).unref();
  child.channel?.unref();
}
