// The consent at a BIMserver that never comes back, and a server that has forgotten its clients (PROTOCOL 1.2, 1.3, 1.12).
import { describe, expect, test } from 'vitest';
import { bimserverWorkspace } from '../support/bimserver-workspace.js';
import { Person } from '../support/browser-double.js';
import { against, fake } from '../support/peer-meta.js';

const ID = 'ifc-validator';

against({ ...fake('BIMserver'), ran: 'a consent that never comes back (1.3, 1.12)' });

const at = bimserverWorkspace(ID);
const { run } = at;

const authorize = async (argv: readonly string[] = []) => {
  await using person = new Person();
  return await run(['authorize', ID, ...argv], { browser: person });
};

const registration = async () =>
  JSON.parse((await run(['status', ID, '--json'])).stdout).services[0].registration;

test('the error names what is missing most often, and that "Go back" reports nothing', async () => {
  at.server.options = { consent: 'refuse' };
  const done = await authorize(['--wait', '1s']);
  expect(done.code).toBe(4);
  expect(done.stderr).toContain('only services that your user has a configuration of');
  expect(done.stderr).toContain('"Go back"');
  expect(done.stderr).toContain(`bimservice authorize ${ID}`);
});

describe('registration', () => {
  test('three consents that never come back leave one client at the server, with one address', async () => {
    at.server.options = { consent: 'refuse' };
    for (const _ of [1, 2, 3]) expect(await authorize(['--wait', '1s'])).toMatchObject({ code: 4 });
    expect(at.server.clients).toHaveLength(1);
    const { redirectUri } = await registration();
    at.server.options = {};
    expect(await authorize()).toMatchObject({ code: 0 });
    expect(at.server.clients).toMatchObject([{ redirectUrl: redirectUri }]);
    expect(await registration()).toMatchObject({ redirectUri });
  });

  test('a server that was wiped is recognized at the first try', async () => {
    expect(await authorize()).toMatchObject({ code: 0 });
    const before = await registration();
    at.server.clients.length = 0;
    const done = await authorize();
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(done.stderr).toContain('had forgotten this installation');
    expect(at.server.clients).toHaveLength(1);
    expect(await registration()).toMatchObject({ redirectUri: before.redirectUri });
  });

  test('a server that cannot be asked is taken at its word', async () => {
    expect(await authorize()).toMatchObject({ code: 0 });
    at.server.options = { registerEmpty: true };
    expect(await authorize()).toMatchObject({ code: 0 });
    expect(at.server.clients).toHaveLength(1);
  });
});
