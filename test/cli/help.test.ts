// Commands are declared only when a line needs them; help shows all of them.
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { commandTree } from '../support/reference.js';

const NAMES = commandTree()
  .commands.map((command) => command.name())
  .filter((name) => name !== 'help' && !name.startsWith('__'));

test.each([['--help'], ['-h'], ['help'], ['--help', 'list'], ['-q', '--help', 'invoke']])(
  '%s %s: every command',
  async (...argv) => {
    await using workspace = await Workspace.create();
    const { code, stdout } = await workspace.run(argv.filter((word) => word !== undefined));
    expect(code).toBe(0);
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  },
);

test('--help to a file or a pipe is text that was made with the package: the same as the help of the tree', async () => {
  await using workspace = await Workspace.create();
  const options = { cwd: workspace.folder, env: cleanEnvironment() };
  const { code, stdout, stderr } = await spawnProgram(process.execPath, [PROGRAM, '--help'], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe((await workspace.run(['help'])).stdout);
});

test.each(NAMES)('%s --help, and help %s: its own', async (name) => {
  await using workspace = await Workspace.create();
  const own = await workspace.run([name, '--help']);
  expect(own).toMatchObject({ code: 0, stdout: expect.stringContaining(`Usage: bimservice ${name} `) });
  expect((await workspace.run(['help', name])).stdout).toBe(own.stdout);
  const ends = own.stdout.slice(own.stdout.indexOf('Exit codes')).split('\n');
  expect(Math.max(...ends.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test.each<[string, string]>([
  ['autorize x', 'bimservice authorize'],
  ['lst invoke', 'bimservice list'],
  ['login x', 'bimservice authorize'],
  ['auth x', 'bimservice authorize'],
  ['run x y', 'bimservice invoke'],
  ['upload x y', 'bimservice invoke'],
  ['help lst', 'bimservice list'],
  ['repository ad x', 'bimservice repository add'],
  ['help repository ad', 'bimservice repository add'],
  ['complete', 'bimservice completion'],
  ['help complete', 'bimservice completion'],
])('%s: the intended command is named', async (line, meant) => {
  await using workspace = await Workspace.create();
  const { code, stdout, stderr } = await workspace.run(line.split(' '));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`Did you mean ${meant}?`);
});

test.each<[string, string[]]>([
  ['no-such-command', ['help']],
  ['--nonsense', ['help']],
  ['list', ['list', 'help']],
  ['--repository x status --json', ['status', 'help']],
])('%s: nothing more is declared', (line, names) => {
  expect(commandTree(line.split(' ')).commands.map((command) => command.name())).toEqual(names);
});

test.each(['repository', 'config'])('%s alone: its help, and exit 2', async (name) => {
  await using workspace = await Workspace.create();
  const { code, stdout, stderr } = await workspace.run([name]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`Usage: bimservice ${name} `);
  expect(stderr).toContain(`error: "bimservice ${name}" needs a command`);
});

test('help help: its own help', async () => {
  await using workspace = await Workspace.create();
  expect(await workspace.run(['help', 'help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Usage: bimservice help '),
  });
});

test.each([[[]], [['-v']], [['-q']]])('bimservice %j: the five steps and what is next', async (argv) => {
  await using workspace = await Workspace.create();
  const { code, stdout } = await workspace.run(argv);
  expect(code).toBe(0);
  for (const step of ['list', 'authorize SERVICE', 'status', 'invoke SERVICE MODEL'])
    expect(stdout).toContain(`bimservice ${step}`);
  expect(stdout).toContain('bimservice demo');
  expect(stdout).toContain('bimservice repository add URL');
});

test('bimservice --json alone is one JSON document and exit 2', async () => {
  await using workspace = await Workspace.create();
  const { code, stdout } = await workspace.run(['--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage' } });
});

test.each(['user', 'client', 'token', 'jobs', 'backup'])(
  'serve %s: of the options of serve only where its data is',
  (name) => {
    const serve = commandTree().commands.find((command) => command.name() === 'serve');
    const help = serve?.commands.find((command) => command.name() === name)?.helpInformation() ?? '';
    expect(help).toContain('--nats-creds <file>');
    expect(help).toContain('--data <dir>');
    expect(help).toContain('--config-dir <dir>');
    for (const option of ['--exec', '--port', '--tls-cert', '--concurrency', '--shared-folder'])
      expect(help).not.toContain(option);
  },
);
