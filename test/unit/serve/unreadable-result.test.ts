// A command that writes its result without the right to read it.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../../src/serve/runs/run-command.js';
import { asOrdinaryUser, ordinaryFolder } from '../../support/ordinary-user.js';

const NO_PROCESSES = { signalGroup: () => {}, kill: () => {} };

test.skipIf(process.platform === 'win32')('is one without a result: none of it could be sent', async () => {
  const root = await ordinaryFolder('bimservice-unreadable-');
  try {
    const end = await asOrdinaryUser(async () => {
      const folder = join(root, 'run');
      await mkdir(folder);
      const model = join(folder, 'model.ifc');
      const output = join(folder, 'scratch', 'result.txt');
      await writeFile(model, 'model');
      const run = {
        runId: 'run',
        argv: ['/bin/sh', '-c', 'echo result > "$1"; chmod 000 "$1"', 'sh', output],
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
        folder,
        workdir: join(folder, 'scratch'),
        model,
        output,
        takesStdin: false,
        givesStdout: false,
        timeoutMs: null,
        maxDiskBytes: 1_000_000,
      };
      return runCommand(run, { signal: new AbortController().signal, onProgress: () => {} }, NO_PROCESSES);
    });
    expect(end).toMatchObject({ exitCode: 0, outputBytes: null });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
