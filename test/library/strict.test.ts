// The library as a program has it: the built package, against strict servers. Each port can be the program's own, nothing is
// printed, nothing of the environment is read, and every failure has a code.

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Person } from '../support/browser-double.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { StrictServer } from '../support/strict-server.js';
import { ProgramFolder } from './programs.js';

const {
  authorize,
  createClient,
  fileStore,
  find,
  invoke,
  invokeAll,
  list,
  memoryStore,
  planAll,
  readBcf,
  resultOf,
  state,
  storeToken,
  token,
} = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof import('../../src/index.js');

let folder: ProgramFolder;
let written: ReturnType<typeof vi.spyOn>[];

beforeEach(async () => {
  folder = await ProgramFolder.create();
  await writeFile(join(folder.path, 'model.ifc'), stepModel({ schema: 'IFC4', bytes: 3_000_000 }));
  written = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write'), vi.spyOn(console, 'log')];
});
afterEach(async () => {
  for (const spy of written) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
  await folder[Symbol.asyncDispose]();
});

/** A service that takes any model and sends `body`; `hold`: it never responds. */
async function openService(body = 'checked', hold = false) {
  const server = await StrictServer.start({
    list: {
      method: 'GET',
      path: '/list.json',
      handle: () => ({
        status: 200,
        headers: [['content-type', 'application/json']],
        body: JSON.stringify([{ name: 'Check', resourceUrl: `${server.origin}/run` }]),
      }),
    },
    run: {
      method: 'POST',
      path: '/run',
      handle: () =>
        hold
          ? new Promise<never>(() => {})
          : { status: 200, headers: [['content-type', 'text/plain']], body },
    },
  });
  return server;
}

describe('a login with parts of the program', () => {
  test('its browser, its listener and its store are used, and the token is refreshed from that store', async () => {
    await using service = await FlatService.start();
    await using person = new Person();
    const rows = new Map<string, string>();
    const locked: string[] = [];
    const opened: number[] = [];
    const store = {
      read: async (key: string) => rows.get(key) ?? null,
      write: async (key: string, text: string) => void rows.set(key, text),
      remove: async (key: string) => rows.delete(key),
      async lock(key: string) {
        locked.push(key);
        return { async [Symbol.asyncDispose]() {} };
      },
    };
    const { openListener } = await import('../../src/io/login/listener.js');
    const client = createClient({
      repositories: [service.listUrl],
      store,
      clientName: 'A program',
      openListener(options) {
        opened.push(options.port);
        return openListener(options);
      },
    });
    const found = await find(client, 'clash');
    const events: string[] = [];
    const { token: given } = await authorize(client, found, {
      openBrowser: (url) => person.open(url),
      onEvent: ({ event }) => events.push(event),
    });
    expect(events).toEqual(['waiting', 'address']);
    expect(opened).toHaveLength(1);
    expect([...service.clients.values()]).toHaveLength(1);
    expect([...rows.keys()].map((key) => key.split('-')[0]).sort()).toEqual(['registration', 'token']);
    expect([...rows.values()].join()).toContain('A program');
    expect(locked.length).toBeGreaterThan(0);
    // Another client with the same store has the token; one with a store of its own has not.
    const again = createClient({ repositories: [service.listUrl], store });
    expect((await token(again, await find(again, 'clash'))).accessToken.reveal()).toBe(
      given.accessToken.reveal(),
    );
    const other = createClient({ repositories: [service.listUrl] });
    await expect(token(other, await find(other, 'clash'))).rejects.toMatchObject({ code: 'not-authorized' });
    expect(JSON.stringify(given)).not.toContain(given.accessToken.reveal());
  });

  test('an abort while the person thinks is `interrupted`, and the listener is gone', async () => {
    await using service = await FlatService.start();
    const client = createClient({ repositories: [service.listUrl] });
    const stop = new AbortController();
    const found = await find(client, 'clash');
    const login = authorize(client, found, {
      openBrowser: () => stop.abort('no time'),
      signal: stop.signal,
    });
    await expect(login).rejects.toMatchObject({ code: 'interrupted', cause: 'no time' });
    expect((await state(client, found)).status).toBe('registered');
  });

  test('fileStore is the store of the program: what one stores, the other reads', async () => {
    await using service = await FlatService.start();
    const store = fileStore(join(folder.path, 'config'));
    const client = createClient({ repositories: [service.listUrl], store });
    const secret = service.issueToken();
    await storeToken(client, await find(client, 'clash'), secret);
    const { Workspace } = await import('../support/cli.js');
    await using workspace = await Workspace.create();
    const { stdout } = await workspace.run([
      'token',
      'clash',
      '-r',
      service.listUrl,
      '--config-dir',
      join(folder.path, 'config'),
    ]);
    expect(stdout.trim()).toBe(secret);
  });

  test('a token that is given goes to the named lists only, and no variable of the environment counts', async () => {
    await using service = await FlatService.start();
    vi.stubEnv('BIMSERVICE_TOKEN', service.issueToken());
    vi.stubEnv('BIMSERVICE_REPOSITORY', 'http://127.0.0.1:9/');
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    const blind = createClient({ repositories: [service.listUrl] });
    await expect(token(blind, await find(blind, 'clash'))).rejects.toMatchObject({ code: 'not-authorized' });
    const client = createClient({ repositories: [service.listUrl], token: { value: service.issueToken() } });
    expect((await state(client, await find(client, 'clash'))).status).toBe('authorized');
    vi.unstubAllEnvs();
  });
});

describe('invoke', () => {
  test('a result in memory, as bytes; nothing is on the disk', async () => {
    await using server = await openService();
    const client = createClient({ repositories: [`${server.origin}/list.json`], cwd: folder.path });
    const service = await find(client, 'check');
    const events: string[] = [];
    let result: Uint8Array | null = null;
    for await (const event of invoke(client, service, 'model.ifc')) {
      events.push(event.event);
      if (event.event === 'result') result = event.bytes;
    }
    expect(Buffer.from(result ?? []).toString()).toBe('checked');
    expect(
      events.filter((each, at) => each !== 'progress' && each !== events[at - 1] && each !== 'message'),
    ).toEqual(['begin', 'access', 'result']);
    expect(
      (await readdir(folder.path)).filter((name) => !/^(model\.ifc|node_modules|package\.json)$/.test(name)),
    ).toEqual([]);
  });

  test('content from memory and from a stream arrives as it is; a stream of results goes to the program', async () => {
    await using server = await openService();
    const client = createClient({ repositories: [`${server.origin}/list.json`] });
    const service = await find(client, 'check');
    const content = new Uint8Array(Buffer.from(stepModel({ schema: 'IFC4', bytes: 5000 })));
    async function* pieces() {
      for (let at = 0; at < content.length; at += 999) yield content.subarray(at, at + 999);
    }
    const chunks: Uint8Array[] = [];
    const { results } = await invokeAll(
      client,
      service,
      [
        { name: 'bytes.ifc', content },
        { name: 'stream.ifc', content: pieces() },
      ],
      { to: { write: (chunk) => void chunks.push(Uint8Array.from(chunk)) } },
    );
    expect(results.map(({ model, error, record }) => [model, error, record.input.bytes])).toEqual([
      ['bytes.ifc', null, content.length],
      ['stream.ifc', null, content.length],
    ]);
    expect(server.callsTo('run').map(({ body }) => Buffer.compare(body, content))).toEqual([0, 0]);
    expect(Buffer.concat(chunks).toString()).toBe('checkedchecked');
  });

  test('a refusal throws its code, with the outcome; several models go on', async () => {
    await using server = await openService();
    const client = createClient({ repositories: [`${server.origin}/list.json`], cwd: folder.path });
    const service = await find(client, 'check');
    await expect(resultOf(invoke(client, service, 'missing.ifc'))).rejects.toMatchObject({
      name: 'BimServiceError',
      code: 'model-unreadable',
      outcome: 'not-sent',
    });
    const ends: string[] = [];
    for await (const event of invoke(client, service, ['missing.ifc', 'model.ifc']))
      if (event.event === 'result' || event.event === 'failure') ends.push(`${event.model} ${event.event}`);
    expect(ends).toEqual(['missing.ifc failure', 'model.ifc result']);
    await expect(invokeAll(client, service, ['model.ifc'], { expect: 'nonsense' })).rejects.toMatchObject({
      code: 'usage',
    });
    expect(server.callsTo('run')).toHaveLength(1);
  });

  test('leaving the loop ends the run; so does the signal', async () => {
    await using server = await openService('', true);
    const client = createClient({ repositories: [`${server.origin}/list.json`], cwd: folder.path });
    const service = await find(client, 'check');
    for await (const event of invoke(client, service, 'model.ifc', { to: { folder: 'results' } }))
      if (event.event === 'progress' && event.phase === 'wait') break;
    // The service may have run it, so there is a receipt that says so.
    expect(await readdir(join(folder.path, 'results'))).toEqual(['model.ifc.check.run.json']);
    const stop = new AbortController();
    const failing = (async () => {
      for await (const event of invoke(client, service, 'model.ifc', { signal: stop.signal }))
        if (event.event === 'progress' && event.phase === 'wait') stop.abort();
    })();
    await expect(failing).rejects.toMatchObject({ code: 'interrupted', outcome: 'unknown' });
  });

  test('a plan shows the request without the token, and sends nothing', async () => {
    await using server = await openService();
    const client = createClient({ repositories: [`${server.origin}/list.json`], cwd: folder.path });
    const plans: unknown[] = [];
    const worst = await planAll(
      client,
      await find(client, 'check'),
      ['model.ifc'],
      {},
      {
        onPlan: async ({ request }) => void plans.push(request),
      },
    );
    expect(worst).toBeNull();
    expect(plans).toMatchObject([
      { url: `${server.origin}/run`, tokenIn: null, input: { bytes: 3_000_000 } },
    ]);
    expect(server.callsTo('run')).toHaveLength(0);
  });
});

test('lists: warnings are data, an unreadable list has a code, and messages go to the program', async () => {
  const messages: string[] = [];
  await writeFile(
    join(folder.path, 'list.json'),
    '[{"name":"A","resourceUrl":"http://127.0.0.1:9/a"},{"name":"B"}]',
  );
  const client = createClient({
    repositories: ['list.json'],
    cwd: folder.path,
    store: memoryStore(),
    onMessage: ({ level, text }) => messages.push(`${level} ${text}`),
  });
  const { services, warnings } = await list(client);
  expect(services.map(({ id }) => id)).toEqual(['a']);
  expect(warnings).toHaveLength(1);
  expect(messages).toEqual(warnings.map((line) => `warning ${line}`));
  await rm(join(folder.path, 'list.json'));
  await expect(list(client)).rejects.toMatchObject({ code: 'repository-unreadable' });
});

test('readBcf takes bytes as it takes a file', async () => {
  const { bcfArchive, topicEntries } = await import('../support/bcf.js');
  const bytes = await bcfArchive({ entries: topicEntries({}) });
  await writeFile(join(folder.path, 'r.bcf'), bytes);
  const fromFile = await readBcf(join(folder.path, 'r.bcf'));
  expect(fromFile.topics.length).toBeGreaterThan(0);
  expect(await readBcf(new Uint8Array(await readFile(join(folder.path, 'r.bcf'))))).toEqual(fromFile);
  await expect(readBcf(new Uint8Array(Buffer.from('no zip')))).rejects.toMatchObject({
    name: 'BimServiceError',
  });
});
