// Ctrl-C during a read that cannot be canceled: nothing hangs (CASES B148).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExpectStatic, test } from 'vitest';
import { cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';

const ENTRY = { name: 'Open', inputs: [], outputs: [], resourceUrl: 'http://127.0.0.1:9/x' };

test.concurrent.for<[string, string[]]>([
  ['stdin that sends nothing', ['invoke', 'open', '-']],
  ['a FIFO without a writer', ['invoke', 'open', 'fifo']],
  ['a secret that does not come', ['token', 'open', '--set', '-']],
])('%s: one SIGINT ends it, and nothing is left behind', async ([, argv], { expect }) => {
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'services.json'), JSON.stringify([ENTRY]));
  spawnSync('mkfifo', [join(workspace.folder, 'fifo')]);
  const child = spawn(process.execPath, [PROGRAM, ...argv, '-r', 'services.json'], {
    cwd: workspace.folder,
    env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await untilItWaits(child.pid ?? 0, expect);
  expect(child.exitCode, 'it waits').toBeNull();
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'exit');
  expect(code === 130 || signal === 'SIGINT').toBe(true);
  expect((await readdir(workspace.folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
});

/** Until a process listens for SIGINT, has used no processor time between two looks, and so waits for what never comes. */
async function untilItWaits(pid: number, expect: ExpectStatic): Promise<void> {
  let before = '';
  const waits = async () => {
    const caught = /^SigCgt:\t(\w+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    const [user, system] =
      (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    const used = `${user} ${system}`;
    const isStill = used === before;
    before = used;
    return isStill && (BigInt(`0x${caught}`) & SIGINT_BIT) !== 0n;
  };
  await expect.poll(waits, { interval: 300 }).toBe(true);
}

/** Bit 1 of the mask is SIGINT, number 2 (proc(5)). */
const SIGINT_BIT = 2n;
