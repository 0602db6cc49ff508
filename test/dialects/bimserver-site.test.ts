// A BIMserver's list: a wrong site address (PROTOCOL 1.1, 1.12), and a list that has changed since it was read.
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SOID } from '../support/bimserver-options.js';
import { bimserverWorkspace } from '../support/bimserver-workspace.js';
import { Person } from '../support/browser-double.js';
import { jsonResponse } from '../support/json.js';
import { against, fake } from '../support/peer-meta.js';
import { StrictServer } from '../support/strict-server.js';

const ID = 'ifc-validator';

against({ ...fake('BIMserver'), ran: 'a wrong site address, and a list that changes (1.1, 1.12)' });

const at = bimserverWorkspace(ID);
const { run } = at;

const authorize = async (argv: readonly string[] = []) => {
  await using person = new Person();
  return await run(['authorize', ID, ...argv], { browser: person });
};

const count = (text: string, words: string) => text.split(words).length - 1;

describe('a wrong site address', () => {
  test.each([
    ['plain http elsewhere', 'http://bim.inner.example:8080', 'http://bim.inner.example:8080'],
    ['another port', 'http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['another scheme', 'ftp://127.0.0.1', 'ftp://127.0.0.1'],
    ['no scheme', 'localhost:8082', 'localhost:8082'],
    ['no host', '', '(nothing)'],
  ])('%s: one warning for all services, which names --base-url', async (_, siteAddress, shown) => {
    at.server.options = { siteAddress, services: 17 };
    const { origin } = at.server.server;
    const { stderr } = await run(['list']);
    expect(count(stderr, 'warning')).toBe(1);
    expect(stderr).toContain(`says that its services are at ${shown}`);
    expect(stderr).toContain(`--base-url ${origin}`);
    const corrected = await run(['list', '--json', '--base-url', origin]);
    expect(JSON.parse(corrected.stdout)).toMatchObject({ warnings: [] });
    expect(JSON.parse(corrected.stdout).services[16]).toMatchObject({
      resourceUrl: `${origin}/services`,
      oauth: { registerUrl: `${origin}/oauth/register` },
    });
  });

  test('a service of it: the error names --base-url before --insecure', async () => {
    at.server.options = { siteAddress: 'http://bim.inner.example:8080' };
    const { code, stderr } = await authorize();
    expect(code).toBe(3);
    expect(stderr.indexOf(`--base-url ${at.server.server.origin}`)).toBeGreaterThan(0);
    expect(stderr.indexOf('--base-url')).toBeLessThan(stderr.indexOf('--insecure'));
  });

  test('a list below a path: the path belongs to the address', async () => {
    at.server.options = { siteAddress: 'http://bim.inner.example:8080/bim' };
    const { stderr } = await at.workspace.run(['list', '-r', `${at.server.server.origin}/bim/servicelist`]);
    expect(stderr).toContain(`--base-url ${at.server.server.origin}/bim`);
  });

  test('the next step after a success has the options of this run, and the way to store them', async () => {
    at.server.options = { siteAddress: 'http://bim.inner.example:8080' };
    const { origin } = at.server.server;
    const base = ['--base-url', origin];
    const registered = await run(['register', ID, ...base]);
    const options = `-r ${at.server.listUrl} --base-url ${origin}`;
    expect(registered.stderr).toContain(`Next: bimservice authorize ${ID} ${options}`);
    const { code, stderr } = await authorize(base);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`Next: bimservice invoke ${ID} MODEL ${options}`);
    const [add = ''] = /repository add .*/.exec(stderr) ?? [];
    expect(await at.workspace.run(add.split(' '))).toMatchObject({ code: 0 });
    expect(await at.workspace.run(['invoke', ID, 'model.ifc'])).toMatchObject({ code: 0 });
  });

  test('a slash at its end: no address has two', async () => {
    at.server.options = { siteAddress: `${at.server.server.origin}/` };
    const authorized = await authorize();
    expect(authorized, authorized.stderr).toMatchObject({ code: 0 });
    const done = await run(['invoke', ID, 'model.ifc', '--json']);
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout).service.resourceUrl).toBe(`${at.server.server.origin}/services/${SOID}`);
    expect(at.server.stream.opened).toBe(1);
  });
});

describe('a list that has changed since it was read, within the time that a copy counts', () => {
  test('a service that was installed since: the list is requested again before there is none', async () => {
    at.server.options = { emptyList: true };
    await run(['list']);
    at.server.options = {};
    expect(await authorize()).toMatchObject({ code: 0 });
    expect(at.server.server.callsTo('list')).toHaveLength(2);
  });

  test('a name that is in no list costs one request, and one from a list that was just read none', async () => {
    expect(await run(['status', 'nothing-like-it'])).toMatchObject({ code: 3 });
    expect(at.server.server.callsTo('list')).toHaveLength(1);
    expect(await run(['status', 'nothing-like-it'])).toMatchObject({ code: 3 });
    expect(at.server.server.callsTo('list')).toHaveLength(2);
  });

  test.each(['http://bim.inner.example:8080', 'http://127.0.0.1:1'])(
    'the site address was %s, and was corrected since',
    async (siteAddress) => {
      at.server.options = { siteAddress };
      await run(['list']);
      at.server.options = {};
      const done = await authorize();
      expect(done, done.stderr).toMatchObject({ code: 0 });
      expect((await run(['status', ID])).stdout).toContain('authorized');
    },
  );

  test('an open service that has moved: its models are sent to the address of now', async () => {
    let resourceUrl = 'http://127.0.0.1:1/run';
    await using server = await StrictServer.start({
      list: {
        method: 'GET',
        path: '/list.json',
        handle: () => jsonResponse(200, { services: [{ name: 'Open', resourceUrl }] }),
      },
      run: {
        method: 'POST',
        path: '/run',
        handle: () => ({ status: 200, headers: [['Content-Type', 'text/plain']], body: 'fine' }),
      },
    });
    const list = ['-r', `${server.origin}/list.json`];
    await at.workspace.run(['list', ...list]);
    resourceUrl = `${server.origin}/run`;
    await copyFile(join(at.workspace.folder, 'model.ifc'), join(at.workspace.folder, 'again.ifc'));
    const done = await at.workspace.run(['invoke', 'open', 'model.ifc', 'again.ifc', '--json', ...list]);
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout.split('\n')[0] ?? '').service.resourceUrl).toBe(resourceUrl);
    expect(server.callsTo('list')).toHaveLength(2);
    expect(server.callsTo('run')).toHaveLength(2);
  });

  test('an address that is still the same is given up', async () => {
    at.server.options = { siteAddress: 'http://127.0.0.1:1' };
    await run(['list']);
    expect(await run(['register', ID])).toMatchObject({ code: 5 });
    expect(at.server.server.callsTo('list')).toHaveLength(2);
  });
});
