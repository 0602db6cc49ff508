// What a command runs under: only the limits that its operator names, never a core dump, and PATH as it was at the start.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildServices } from '../../../src/serve/config/build-services.js';
import { readConfig } from '../../../src/serve/config/read-config.js';
import { createCommandRunner } from '../../../src/serve/runs/command-runner.js';

/** What `ulimit` reports for core dumps and for the size of a file, in a run of a service with these members. */
async function limitsWith(members: object, path = process.env.PATH): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-limits-'));
  try {
    const command = ['sh', '-c', 'echo "$(ulimit -c) $(ulimit -f)" > "$1"', 'sh', '{output}', '{input}'];
    const definitions = readConfig(
      JSON.stringify([{ name: 'Limits', command, outputs: ['TEXT'], ...members }]),
    );
    if ('words' in definitions) throw new Error(definitions.words);
    const { run: runCommand } = createCommandRunner({ signalGroup: () => {}, kill: () => {} });
    const env = { PATH: path };
    const built = await buildServices(definitions, {
      folder,
      env,
      runCommand,
      pid: process.pid,
      warn: () => {},
    });
    if ('words' in built) throw new Error(built.words);
    const modelPath = join(folder, 'model.ifc');
    await writeFile(modelPath, 'model');
    const context = {
      signal: new AbortController().signal,
      inputType: null,
      runId: 'run',
      modelPath,
      folder,
      progress: () => {},
      now: Date.now,
    };
    const result = await built[0]?.run((async function* () {})(), context);
    if (result === undefined || !('path' in result.body)) throw new Error('no result file');
    return (await readFile(result.body.path, 'utf8')).trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it.runIf(existsSync('/usr/bin/prlimit'))(
  'no command leaves a core dump, and a named limit holds',
  async () => {
    expect(await limitsWith({})).toBe('0 unlimited');
    // In blocks of 512 bytes.
    expect(await limitsWith({ disk: '1 MiB' })).toBe('0 2048');
  },
);

it.runIf(existsSync('/bin/sh'))(
  'a command is found where PATH has a folder relative to the start of the server',
  async () => {
    const before = process.cwd();
    process.chdir('/');
    try {
      expect(await limitsWith({}, 'bin')).toMatch(/^\S+ unlimited$/);
    } finally {
      process.chdir(before);
    }
  },
);
