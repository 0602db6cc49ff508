// A program of its own: it asks npm for the newest version of bimservice and stores it. `src/io/updates/start-check.ts` starts
// it at most once a day. npm knows the registry, the proxy and the certificates of this machine.
import { execFile } from 'node:child_process';
import { isRelease } from './core/updates/due-update.js';
import { readUpdateFile, writeUpdateFile } from './io/updates/update-file.js';

/** The longest time for a response, in ms; npm itself tries several times. */
const WAIT_MS = 120_000;

const [path] = process.argv.slice(2);
const argv = ['view', 'bimservice', 'version', '--no-update-notifier', '--loglevel=silent'];

if (path !== undefined) {
  // On Windows npm is a script, which only a shell starts. No argument is from outside.
  execFile('npm', argv, { timeout: WAIT_MS, shell: process.platform === 'win32' }, (error, stdout) => {
    const latest = stdout.trim();
    if (error === null && isRelease(latest))
      void writeUpdateFile(path, { ...readUpdateFile(path), latest }, process.pid);
  });
}
