// Ctrl-C during a read that cannot be canceled: nothing hangs (CASES B148).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';

const ENTRY = { name: 'Open', inputs: [], outputs: [], resourceUrl: 'http://127.0.0.1:9/x' };

test.concurrent.each([
  ['stdin that sends nothing', ['invoke', 'open', '-']],
  ['a FIFO without a writer', ['invoke', 'open', 'fifo']],
  ['a secret that does not come', ['token', 'open', '--set', '-']],
])('%s: one SIGINT ends it, and nothing is left behind', async (_, argv) => {
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'services.json'), JSON.stringify([ENTRY]));
  spawnSync('mkfifo', [join(workspace.folder, 'fifo')]);
  const child = spawn(process.execPath, [PROGRAM, ...argv, '-r', 'services.json'], {
    cwd: workspace.folder,
    env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await sleep(1500);
  expect(child.exitCode, 'it waits').toBeNull();
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'exit');
  expect(code === 130 || signal === 'SIGINT').toBe(true);
  expect((await readdir(workspace.folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
});
