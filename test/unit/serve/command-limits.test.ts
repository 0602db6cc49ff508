// What a command runs under: only the limits and variables that its operator names, never a core dump, and PATH as it was at the start.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildServices } from '../../../src/serve/config/build-services.js';
import { readConfig } from '../../../src/serve/config/read-config.js';
import { createCommandRunner } from '../../../src/serve/runs/command-runner.js';

interface Around {
  readonly env?: Record<string, string | undefined>;
  /** The process whose core dumps are forbidden. */
  readonly pid?: number;
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-limits-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The services of a file with one service of these members, and the warnings about it. */
async function build(folder: string, members: object, { env = process.env, pid = process.pid }: Around = {}) {
  const definitions = readConfig(JSON.stringify([{ name: 'Limits', outputs: ['TEXT'], ...members }]));
  if ('words' in definitions) throw new Error(definitions.words);
  const { run: runCommand } = createCommandRunner({ signalGroup: () => {}, kill: () => {} });
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  return { built: await buildServices(definitions, { folder, env, runCommand, pid, warn }), warnings };
}

/** What a script prints as the command of a service with these members. */
function printed(script: string, members: object, around: Around = {}): Promise<string> {
  return inFolder(async (folder) => {
    const command = ['sh', '-c', `{ ${script}; } > "$1"`, 'sh', '{output}', '{input}'];
    const { built } = await build(folder, { command, ...members }, around);
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
  });
}

/** What `ulimit` reports for core dumps and for the size of a file. */
function limitsWith(members: object, path = process.env.PATH): Promise<string> {
  return printed('echo "$(ulimit -c) $(ulimit -f)"', members, { env: { PATH: path } });
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

it.runIf(existsSync('/usr/bin/prlimit'))(
  'core dumps are forbidden for the process that starts the commands',
  async () => {
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      const pid = other.pid ?? 0;
      const coreLimit = () =>
        execFileSync('prlimit', [`--pid=${pid}`, '--core', '--raw', '--noheadings', '--output=SOFT,HARD'])
          .toString()
          .trim();
      execFileSync('prlimit', [`--pid=${pid}`, `--core=${coreLimit().split(/\s+/)[1]}`]);
      expect(await printed('echo ran', {}, { pid })).toBe('ran');
      expect(coreLimit()).toMatch(/^0\s+0$/);
    } finally {
      other.kill('SIGKILL');
    }
  },
);

it.runIf(existsSync('/bin/sh'))(
  'a command gets the variables that its service names, and no other',
  async () => {
    const env = { PATH: process.env.PATH, TZ: 'UTC', LICENSE_KEY: 'key', DATABASE_PASSWORD: 'secret' };
    const script = 'echo "$TZ,$LICENSE_KEY,$DATABASE_PASSWORD"';
    expect(await printed(script, { env: ['LICENSE_KEY', 'NOT_SET'] }, { env })).toBe('UTC,key,');
  },
);

it.runIf(existsSync('/bin/sh'))('without prlimit a limit is a warning, and only then', () =>
  inFolder(async (folder) => {
    await symlink('/bin/sh', join(folder, 'sh'));
    const warningsOf = async (members: object) =>
      (await build(folder, { command: ['sh'], ...members }, { env: { PATH: folder } })).warnings;
    const words = expect.stringMatching(/^limits: memory and processor time are not limited, since prlimit/);
    expect(await warningsOf({ memory: '1 GB' })).toEqual([words]);
    expect(await warningsOf({ cpu: '1m' })).toEqual([words]);
    expect(await warningsOf({})).toEqual([]);
  }),
);

it.each(['./tool', 'tool'])('a folder is no program, as %s', (program) =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'tool'));
    const { built } = await build(folder, { command: [program] }, { env: { PATH: folder } });
    expect(built).toEqual({
      line: 1,
      words: expect.stringContaining(`the command ${program} was not found`),
    });
  }),
);
