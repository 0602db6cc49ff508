// Tab: what may follow on a line that is being typed, and the scripts in the real shells.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';
import { hasShell } from '../support/shells.js';

const LIST = JSON.stringify([
  { name: 'Clash check', resourceUrl: 'http://127.0.0.1:9/a' },
  { name: 'Duplicate\u202e IDs', resourceUrl: 'http://127.0.0.1:9/b' },
]);

/** A folder with a list of two services, a model, and the program under its own name. */
async function typist(): Promise<Workspace> {
  const workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'list.json'), LIST);
  await writeFile(join(workspace.folder, 'model.ifc'), '');
  await mkdir(join(workspace.folder, 'bin'));
  await symlink(PROGRAM, join(workspace.folder, 'bin', 'bimservice'));
  return workspace;
}

const environment = (workspace: Workspace) => ({
  ...cleanEnvironment(),
  PATH: [join(workspace.folder, 'bin'), process.env.PATH].join(delimiter),
  HOME: workspace.folder,
  TERM: 'xterm',
  BIMSERVICE_CONFIG_DIR: workspace.configDir,
  BIMSERVICE_REPOSITORY: join(workspace.folder, 'list.json'),
});

/** The candidates for the last word. */
async function candidates(workspace: Workspace, ...words: string[]): Promise<string[]> {
  const env = { BIMSERVICE_REPOSITORY: 'list.json' };
  const { code, stdout, stderr } = await workspace.run(['__complete', '--', ...words], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '');
}

test.each<[words: string[], expected: string[]]>([
  [
    ['repository', ''],
    ['add', 'remove', 'list', 'check'],
  ],
  [['inv'], ['invoke']],
  [
    ['invoke', ''],
    ['clash-check', 'duplicate-ids'],
  ],
  [['invoke', 'du'], ['duplicate-ids']],
  [['invoke', 'clash', ''], [':files']],
  [['invoke', 'clash', 'a.ifc', 'b'], [':files']],
  [
    ['invoke', '--flow', ''],
    ['sync', 'async', 'auto'],
  ],
  [
    ['invoke', '--flow=a'],
    ['--flow=async', '--flow=auto'],
  ],
  // Bash cuts words at "=".
  [['invoke', '--flow', '=', 's'], ['sync']],
  [
    ['invoke', '--flow', '='],
    ['sync', 'async', 'auto'],
  ],
  [
    ['invoke', '--jobs', '4', ''],
    ['clash-check', 'duplicate-ids'],
  ],
  [['invoke', 'clash', '-o', ''], [':files']],
  [['list', '--accepts', 'IFC_STEP_4X'], ['IFC_STEP_4X3']],
  [['list', '--accepts=IFC_STEP_4X'], ['--accepts=IFC_STEP_4X3']],
  [['invoke', '--dr'], ['--dry-run']],
  [['invoke', '--ca'], ['--ca-file']],
  [['-r', 'other.json', 'status', ''], []],
  [['invoke', '--', '-'], []],
  [['no-such-command', ''], []],
  [['status', 'clash', ''], []],
])('%j: %j', async (words, expected) => {
  await using workspace = await typist();
  expect(await candidates(workspace, ...words)).toEqual(expected);
});

test('the descriptions are clean text, and nothing is requested: without a copy there is no service', async () => {
  await using workspace = await typist();
  const list = await workspace.run(['__complete', '--', 'token', 'd', '-r', 'list.json']);
  expect(list.code).toBe(0);
  const { stdout } = await workspace.run(['-r', 'list.json', '__complete', '--', 'token', 'd']);
  expect(stdout).toBe('duplicate-ids\tDuplicate IDs\n');
  const far = await workspace.run(['__complete', '--', '-r', 'http://127.0.0.1:9/list', 'token', '']);
  expect(far).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('aliases of repositories', async () => {
  await using workspace = await typist();
  await workspace.run(['repository', 'add', 'list.json', '--alias', 'office']);
  expect(await candidates(workspace, 'repository', 'remove', 'of')).toEqual(['office']);
});

test('completion of an unknown shell names those that exist', async () => {
  await using workspace = await Workspace.create();
  const { code, stderr } = await workspace.run(['completion', 'csh']);
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish, powershell');
});

/** What a person sees who types, presses Tab, and then runs `echo` on the line: ^A goes to its beginning. */
const TYPED =
  'bimservice invoke cl\tmod\t\u0001echo \nbimservice list --acc\tIFC_STEP_4X\t\u0001echo \nexit\n';

test.each([
  ['bash', 'bash --norc --noprofile -i', 'source <(bimservice completion bash)\n'],
  [
    'zsh',
    'zsh -f -i',
    'autoload -Uz compinit; compinit -u -D; bindkey -e; source <(bimservice completion zsh)\n',
  ],
] as const)('%s completes on a terminal', async (shell, command, setUp) => {
  if (NO_TERMINAL !== null || !hasShell(shell)) return;
  await using workspace = await typist();
  const { stdout } = await atTerminal(command, {
    cwd: workspace.folder,
    env: environment(workspace),
    stdin: setUp + TYPED,
  });
  expect(stdout).toMatch(/^.{0,10}bimservice invoke clash-check model\.ifc *$/m);
  expect(stdout).toMatch(/^.{0,10}bimservice list --accepts IFC_STEP_4X3 *$/m);
});

test('fish completes', async () => {
  if (!hasShell('fish')) return;
  await using workspace = await typist();
  const complete = (line: string) => `complete -C '${line}'`;
  const script = [
    'source (bimservice completion fish | psub)',
    complete('bimservice invoke cl'),
    complete('bimservice invoke clash mod'),
    complete('bimservice list --accepts=IFC_STEP_4X'),
  ].join('; ');
  const { stdout, stderr } = await spawnProgram('fish', ['--no-config', '-c', script], {
    cwd: workspace.folder,
    env: environment(workspace),
  });
  expect(stderr).toBe('');
  expect(stdout).toBe('clash-check\tClash check\nmodel.ifc\n--accepts=IFC_STEP_4X3\n');
});
