// Commands are declared as a line needs them; whoever asks for help sees them all.
import { expect, test } from 'vitest';
import { Desk } from '../support/cli.js';
import { commandTree } from '../support/reference.js';

const NAMES = commandTree()
  .commands.map((command) => command.name())
  .filter((name) => name !== 'help');

test.each([['--help'], ['-h'], ['help'], ['--help', 'list'], ['-q', '--help', 'invoke']])(
  '%s %s: every command',
  async (...argv) => {
    await using desk = await Desk.create();
    const { code, stdout } = await desk.run(argv.filter((word) => word !== undefined));
    expect(code).toBe(0);
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  },
);

test.each(NAMES)('%s --help, and help %s: its own', async (name) => {
  await using desk = await Desk.create();
  const own = await desk.run([name, '--help']);
  expect(own).toMatchObject({ code: 0, stdout: expect.stringContaining(`Usage: bimservice ${name} `) });
  expect((await desk.run(['help', name])).stdout).toBe(own.stdout);
});

test('a misspelt command: the nearest of all, also beside a word that is one', async () => {
  await using desk = await Desk.create();
  expect((await desk.run(['autorize', 'x'])).stderr).toContain('Did you mean authorize?');
  expect(await desk.run(['lst', 'invoke'])).toMatchObject({ code: 2, stdout: '' });
});
