// Output to a device that takes nothing is an error, as to a file on a full disk (built program).
import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../bin/bimservice.js', import.meta.url));

test.skipIf(!existsSync('/dev/full'))('a full device: exit 7, and what to do', () => {
  const full = openSync('/dev/full', 'w');
  const done = spawnSync(process.execPath, [PROGRAM, 'config', 'get', 'store'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  expect(done).toMatchObject({ status: 7, stderr: expect.stringContaining('no space left on the disk') });
});
