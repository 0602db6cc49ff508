// Clients of one installation at one server, by several processes (built program, real server).
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { Session } from '../support/session.js';

test('eight first registrations at once make one client', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const argv = ['register', 'clash', '--json', '-r', service.listUrl];
  const runs = await Promise.all(Array.from({ length: 8 }, () => workspace.spawn(argv)));
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(8).fill({ code: 0, stderr: '' }));
  const made = runs.map(({ stdout }) => JSON.parse(stdout));
  expect(new Set(made.map(({ clientId }) => clientId)).size).toBe(1);
  expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(service.server.callsTo('register')).toHaveLength(1);
});

test('a login while another waits has its own client, and both are remembered', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const argv = ['authorize', 'clash', '--no-browser', '--wait', '5m', '-r', service.listUrl];
  const clientIn = async (session: Session) =>
    new URL(await session.waitForText(/(http:\S+authorize\S+)/)).searchParams.get('client_id');
  await using first = new Session(workspace, argv);
  const one = await clientIn(first);
  await using second = new Session(workspace, argv);
  const two = await clientIn(second);
  expect(two).not.toBe(one);
  first.interrupt();
  await first.end();
  // The second waits at its own port, so the next login has the first client again: no third registration.
  await using third = new Session(workspace, argv);
  expect(await clientIn(third)).toBe(one);
  expect(service.server.callsTo('register')).toHaveLength(2);
  second.interrupt();
  third.interrupt();
  await Promise.all([second.end(), third.end()]);
});
