// Lists that name other lists, and the cache of lists.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { header, type PlannedResponse, type Route, StrictServer } from '../support/strict-server.js';

import { deadAddress, gives, html, ids, json, list, listLoading, START } from './list-loading.js';

const MINUTE = 60_000;
const { at, ports, load } = listLoading();

describe('providers', () => {
  it('their lists are fetched at the same time; a dead one is one warning', async () => {
    let waiting = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Each list responds only after the other one is requested too.
    const slow = (path: string, body: string): Route => ({
      method: 'GET',
      path,
      handle: async () => {
        waiting += 1;
        if (waiting === 2) release();
        await both;
        return json(body);
      },
    });
    await using server = await StrictServer.start({
      one: slow('/one/servicelist', list('Echo', 'Bots')),
      two: slow('/two/servicelist', list('Echo')),
      silent: gives('/silent/servicelist', { ...json('[]'), delayMs: 60_000 }),
      page: gives('/page/servicelist', html),
    });
    const dead = await deadAddress();
    const active = [
      { name: 'Dead server', listUrl: dead },
      { name: 'Server', listUrl: `${server.origin}/one/servicelist` },
      { name: 'Server', listUrl: `${server.origin}/two/servicelist` },
      { name: 'Silent', listUrl: `${server.origin}/silent/servicelist` },
      { name: 'Page', listUrl: `${server.origin}/page/servicelist` },
    ];
    const loaded = await load(['-'], { listLimitMs: 1500 }, ports(JSON.stringify({ active })));
    expect(ids(loaded)).toEqual([
      expect.stringMatching(/^server-[0-9a-f]{4}\/echo$/),
      'bots',
      expect.stringMatching(/^server-[0-9a-f]{4}\/echo$/),
    ]);
    expect(ids(loaded)[0]).not.toBe(ids(loaded)[2]);
    expect(loaded.services[0]?.repository).toBe(`${server.origin}/one/servicelist`);
    expect(loaded.warnings).toEqual([
      expect.stringContaining(`"Dead server" (${dead}) left out: 127.0.0.1`),
      expect.stringMatching(/^"Silent" .* left out: .* did not respond within 1\.5 s$/),
      expect.stringMatching(/^"Page" .* left out: .* is a web page/),
    ]);
  });

  it('all of them down: no service, a warning each, and no failure', async () => {
    const listUrl = await deadAddress();
    const loaded = await load(['-'], {}, ports(JSON.stringify({ active: [{ listUrl }, { listUrl }] })));
    expect([loaded.services.length, loaded.warnings.length]).toEqual([0, 2]);
  });

  it('more providers in the list of a provider are not read', async () => {
    await using server = await StrictServer.start({
      list: {
        method: 'GET',
        path: '/servicelist',
        handle: () => json(JSON.stringify({ active: [{ listUrl: `${server.origin}/servicelist` }] })),
      },
    });
    server.expectCalls(['list']);
    const active = [{ name: 'Loop', listUrl: `${server.origin}/servicelist` }];
    const loaded = await load(['-'], {}, ports(JSON.stringify({ active })));
    expect(loaded.warnings).toEqual([
      expect.stringMatching(/^"Loop" .* names more providers, which are not read$/),
    ]);
    server.assertDone();
  });
});

describe('the cache', () => {
  const etag = '"v1"';
  const modified = 'Tue, 14 Nov 2023 22:13:20 GMT';
  const validators: NonNullable<PlannedResponse['headers']> = [
    ['ETag', etag],
    ['Last-Modified', modified],
  ];

  /** A list that responds 304 to its own validators and complains about any others. */
  async function start() {
    const server: StrictServer = await StrictServer.start({
      list: {
        method: 'GET',
        path: '/list.json',
        handle: (seen) => {
          const asked = header(seen, 'if-none-match');
          if (asked === undefined) return json(list('Cached'), validators);
          if (asked !== etag || header(seen, 'if-modified-since') !== modified)
            server.complain('wrong validators');
          return { status: 304, headers: validators };
        },
      },
    });
    return server;
  }

  it('is used without a request for five minutes, then revalidated, then used again', async () => {
    await using server = await start();
    const url = `${server.origin}/list.json`;
    for (const [elapsed, asked] of [
      [0, 1],
      [5 * MINUTE - 1, 1],
      [5 * MINUTE, 2],
      [9 * MINUTE, 2],
      [10 * MINUTE, 3],
    ] as const) {
      at.now = START + elapsed;
      const loaded = await load([url]);
      expect([ids(loaded), loaded.warnings, server.calls.length]).toEqual([['cached'], [], asked]);
    }
    server.assertDone();
  });

  it('after the clock was set back, the list is requested again', async () => {
    await using server = await start();
    await load([`${server.origin}/list.json`]);
    at.now = START - 24 * 60 * MINUTE;
    await load([`${server.origin}/list.json`]);
    expect(server.calls).toHaveLength(2);
  });

  it('refresh requests the list as without a cache', async () => {
    await using server = await start();
    await load([`${server.origin}/list.json`]);
    await load([`${server.origin}/list.json`], { cacheUse: 'refresh' });
    expect(server.calls.map((seen) => header(seen, 'if-none-match'))).toEqual([undefined, undefined]);
  });

  it.each([
    [1, 'less than a minute'],
    [MINUTE, '1 minute'],
    [90 * MINUTE, '90 minutes'],
    [5 * 60 * MINUTE, '5 hours'],
    [72 * 60 * MINUTE, '3 days'],
  ])('offline sends no request and reports the age of the list: %i ms', async (elapsed, words) => {
    await using server = await start();
    await load([`${server.origin}/list.json`]);
    at.now += elapsed;
    const loaded = await load([`${server.origin}/list.json`], { cacheUse: 'offline' });
    expect(ids(loaded)).toEqual(['cached']);
    expect(loaded.warnings).toEqual([`offline: ${server.origin}/list.json is a copy, ${words} old`]);
    expect(server.calls).toHaveLength(1);
  });

  it('offline without a copy is an error with the way out', async () => {
    await expect(load(['http://127.0.0.1:1/x.json'], { cacheUse: 'offline' })).rejects.toMatchObject({
      code: 'repository-unreadable',
      hint: 'Run the command once without --offline.',
    });
  });

  it('offline finds the list below a server address', async () => {
    await using server = await StrictServer.start({
      base: gives('/', html),
      list: gives('/servicelist', json(list('A'))),
    });
    await load([server.origin]);
    expect(ids(await load([server.origin], { cacheUse: 'offline' }))).toEqual(['a']);
  });

  it('is used when the network fails, with a warning about its age', async () => {
    const server = await start();
    const url = `${server.origin}/list.json`;
    await load([url]);
    await server[Symbol.asyncDispose]();
    at.now += 180 * MINUTE;
    const loaded = await load([url]);
    expect(ids(loaded)).toEqual(['cached']);
    expect(loaded.warnings).toEqual([
      expect.stringMatching(/was not reached.*; a copy of http.*list\.json is used, 3 hours old$/),
    ]);
    await expect(load([url], { cacheUse: 'refresh' })).rejects.toMatchObject({ exitCode: 5 });
  });

  it('is used after a 503, not after a 404 or a sign-in page, and a page never replaces it', async () => {
    let response = json(list('Kept'));
    await using server = await StrictServer.start({
      list: { method: 'GET', path: '/list.json', handle: () => response },
    });
    const url = `${server.origin}/list.json`;
    await load([url]);
    at.now += 10 * MINUTE;
    response = { status: 503 };
    expect((await load([url])).warnings).toEqual([
      expect.stringContaining('HTTP 503 instead of a list; a copy of'),
    ]);
    response = { status: 404 };
    await expect(load([url])).rejects.toMatchObject({ code: 'repository-unreadable' });
    response = html;
    await expect(load([url])).rejects.toMatchObject({ code: 'repository-invalid' });
    expect(ids(await load([url], { cacheUse: 'offline' }))).toEqual(['kept']);
  });

  it.each([
    ['empty', () => ''],
    ['half', (text: string) => text.slice(0, text.length / 2)],
    ['null', () => 'null'],
    ['of a newer version', (text: string) => text.replace('"version":1', '"version":2')],
    ['of another address', (text: string) => text.replace('127.0.0.1', '127.0.0.2')],
    ['with a header that breaks the line', (text: string) => text.replace('Tue, 14', 'x\\r\\nX-Evil: 1')],
  ])('a damaged file (%s) counts as absent', async (_, damage) => {
    await using server = await start();
    const url = `${server.origin}/list.json`;
    await load([url]);
    const [name = ''] = await readdir(join(at.folder, 'cache'));
    const file = join(at.folder, 'cache', name);
    await writeFile(file, damage(await readFile(file, 'utf8')));
    expect(ids(await load([url]))).toEqual(['cached']);
    expect(server.calls.map((seen) => header(seen, 'if-none-match'))).toEqual([undefined, undefined]);
  });

  it('a cache that cannot be written costs nothing (B073)', async () => {
    await writeFile(join(at.folder, 'cache'), 'a file where the folder should be');
    await using server = await start();
    expect(await load([`${server.origin}/list.json`])).toMatchObject({
      services: [{ id: 'cached' }],
      warnings: [],
    });
  });

  it('is private: files 0600 in a folder 0700', async () => {
    await using server = await start();
    await load([`${server.origin}/list.json`]);
    const [name = ''] = await readdir(join(at.folder, 'cache'));
    const modes = await Promise.all(
      [join(at.folder, 'cache'), join(at.folder, 'cache', name)].map((path) => stat(path)),
    );
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600']);
  });
});
