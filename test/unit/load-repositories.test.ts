import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findService } from '../../src/core/repository/find-service.js';
import { type LoadRepositoriesInput, loadRepositories } from '../../src/core/repository/load-repositories.js';
import type { LoadPorts } from '../../src/core/repository/read-source.js';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { createListCache } from '../../src/io/store/list-cache.js';
import { header, type PlannedResponse, type Route, StrictServer } from '../support/strict-server.js';

const MINUTE = 60_000;
const START = 1_700_000_000_000;
const http = createHttpClient({ ca: undefined, userAgent: 'test', limits: HTTP_LIMITS, env: {} });

let folder: string;
let now: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-list-'));
  now = START;
});

afterEach(() => rm(folder, { recursive: true }));

function ports(stdin = ''): LoadPorts {
  return {
    http,
    cache: createListCache(join(folder, 'cache'), { pid: process.pid, cleanUp: async () => {} }),
    clock: { now: () => now, monotonic: () => now },
    readFile: (path) => readFile(path),
    readStdin: async () => new TextEncoder().encode(stdin),
  };
}

function load(locations: readonly string[], changes: Partial<LoadRepositoriesInput> = {}, from = ports()) {
  const sources = locations.map((location, index) => ({ alias: `r${index + 1}`, location }));
  const input = { sources, strict: false, insecure: false, cacheUse: 'revalidate' as const, ...changes };
  return loadRepositories(input, from, new AbortController().signal);
}

function ids(loaded: { services: readonly { id: string }[] }): string[] {
  return loaded.services.map(({ id }) => id);
}

function list(...names: string[]): string {
  return JSON.stringify({ services: names.map((name) => ({ name, resourceUrl: 'https://b.example/s' })) });
}

function json(body: string, headers: PlannedResponse['headers'] = []): PlannedResponse {
  return { status: 200, headers: [['Content-Type', 'application/json'], ...headers], body };
}

const gives = (path: string, response: PlannedResponse): Route => ({
  method: 'GET',
  path,
  handle: () => response,
});
const goes = (path: string, location: string): Route =>
  gives(path, { status: 302, headers: [['Location', location]] });
const html: PlannedResponse = {
  status: 200,
  headers: [['Content-Type', 'text/html']],
  body: '<!doctype html><title>Hi</title>',
};

/** An address of this machine without a listener. */
async function deadAddress(): Promise<string> {
  const server = await StrictServer.start({});
  const { origin } = server;
  await server[Symbol.asyncDispose]();
  return `${origin}/servicelist`;
}

describe('sources', () => {
  it('an address, a file and stdin, side by side and in their order', async () => {
    await using server = await StrictServer.start({ list: gives('/list.json', json(list('One'))) });
    server.expectCalls(['list']);
    const file = join(folder, 'two.json');
    await writeFile(file, list('Two'));
    const loaded = await load([`${server.origin}/list.json`, file, '-'], {}, ports(list('Three')));
    expect(loaded.services.map(({ id, repository }) => [id, repository])).toEqual([
      ['one', `${server.origin}/list.json`],
      ['two', file],
      ['three', '-'],
    ]);
    expect(loaded.warnings).toEqual([]);
    server.assertDone();
    expect(server.calls.map((seen) => header(seen, 'accept'))).toEqual(['application/json']);
  });

  it('the same slug in two repositories: alias/slug distinguishes them', async () => {
    const [one, two] = [join(folder, '1.json'), join(folder, '2.json')];
    await writeFile(one, list('Echo', 'Only here'));
    await writeFile(two, list('Echo'));
    const loaded = await load([one, two]);
    expect(ids(loaded)).toEqual(['r1/echo', 'only-here', 'r2/echo']);
    expect(findService(loaded.services, loaded.refused, 'r2/echo').repository).toBe(two);
    expect(findService(loaded.services, loaded.refused, 'r1/only-here').id).toBe('only-here');
  });

  it('one that fails is a warning as long as another can be read', async () => {
    const good = join(folder, 'good.json');
    await writeFile(good, list('Good'));
    const loaded = await load(['/no/such/file.json', good, 'file:///etc/passwd', await deadAddress()]);
    expect(ids(loaded)).toEqual(['good']);
    expect(loaded.warnings).toEqual([
      'left out: /no/such/file.json cannot be read: there is no such file',
      expect.stringContaining('left out: Address refused: "file:///etc/passwd"'),
      expect.stringMatching(/^http:.* left out: 127\.0\.0\.1:\d+ was not reached/),
    ]);
  });

  it('all failed: exit 3 if one list is faulty, exit 5 if only the network failed', async () => {
    const dead = await deadAddress();
    await expect(load([dead, '/no/such/file.json'])).rejects.toMatchObject({
      code: 'repository-unreadable',
      message: expect.stringMatching(
        /^None of 2 repositories could be read: .*was not reached.*; .*no such file$/,
      ),
    });
    await expect(load([dead, dead])).rejects.toMatchObject({ code: 'unreachable', exitCode: 5 });
    await expect(load([dead])).rejects.toMatchObject({ code: 'unreachable', exitCode: 5 });
  });

  it.each([
    ['a folder', '.', 'repository-unreadable', '. cannot be read: it is a folder'],
    ['a script', 'javascript:alert(1)', 'unsafe-address', 'Address refused: "javascript:alert(1)"'],
    [
      'plain http elsewhere',
      'http://192.0.2.1/list',
      'unsafe-address',
      'Address refused: "http://192.0.2.1/list"',
    ],
  ])('%s', async (_, location, code, message) => {
    await expect(load([location])).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('strict: a bad entry is an error although another repository is good', async () => {
    const [good, bad] = [join(folder, 'good.json'), join(folder, 'bad.json')];
    await writeFile(good, list('Good'));
    await writeFile(bad, '[{"name":"Bad"}]');
    expect((await load([good, bad])).warnings).toEqual([
      `${bad}: "Bad" (/0) left out: it has no resourceUrl`,
    ]);
    await expect(load([good, bad], { strict: true })).rejects.toMatchObject({ code: 'repository-invalid' });
  });

  it('a refused entry is found by name and throws its own error', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, '[{"name":"Bad","resourceUrl":"file:///x"}]');
    const loaded = await load([file]);
    expect(ids(loaded)).toEqual([]);
    expect(() => findService(loaded.services, loaded.refused, 'bad')).toThrow(/"Bad" .*"file:\/\/\/x"/);
  });

  it('a body over 10 MiB is refused', async () => {
    await expect(load(['-'], {}, ports(`["${'x'.repeat(10 * 1024 * 1024)}"]`))).rejects.toMatchObject({
      code: 'repository-invalid',
      message: 'stdin is larger than 10 MiB, so it is not a list of services',
    });
    await using server = await StrictServer.start({
      list: gives('/list.json', json(' '.repeat(11 * 1024 * 1024))),
    });
    await expect(load([`${server.origin}/list.json`])).rejects.toMatchObject({
      code: 'repository-unreadable',
      exitCode: 3,
    });
  });
});

describe('responses of a server', () => {
  it.each([
    [
      'a page',
      html,
      'repository-invalid',
      /list\.json is a web page titled "Hi", not JSON \(HTTP 200, text\/html\)/,
    ],
    ['nothing', json(''), 'repository-invalid', /list\.json is empty \(HTTP 200, application\/json\)/],
    ['404', { status: 404 }, 'repository-unreadable', /list\.json responded with HTTP 404 instead of a list/],
    ['401', { status: 401 }, 'repository-unreadable', /HTTP 401/],
    ['503', { status: 503 }, 'repository-unreadable', /HTTP 503/],
    ['204', { status: 204 }, 'repository-unreadable', /HTTP 204/],
    ['206', { ...json('[]'), status: 206 }, 'repository-unreadable', /HTTP 206/],
    ['304 unasked', { status: 304 }, 'repository-unreadable', /HTTP 304/],
    [
      'a redirect to nowhere',
      { status: 302 },
      'repository-unreadable',
      /redirects \(HTTP 302\) without an address/,
    ],
    [
      'another document',
      json('{"message":"hello"}'),
      'repository-invalid',
      /it holds an object with message/,
    ],
  ])('%s', async (_, response, code, message) => {
    await using server = await StrictServer.start({ list: gives('/list.json', response) });
    await expect(load([`${server.origin}/list.json`])).rejects.toMatchObject({
      code,
      exitCode: 3,
      message: expect.stringMatching(message),
    });
    await expect(readdir(join(folder, 'cache'))).rejects.toThrow('ENOENT');
  });

  it('a server that is silent is left after the limit, exit 5', async () => {
    await using server = await StrictServer.start({
      list: gives('/x.json', { ...json('[]'), delayMs: 60_000 }),
    });
    await expect(load([`${server.origin}/x.json`], { listLimitMs: 50 })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/did not respond within 0\.05 s$/),
    });
  });

  it('an interruption is rethrown as it came', async () => {
    const stop = new AbortController();
    const route: Route = {
      method: 'GET',
      path: '/x.json',
      handle: () => {
        stop.abort(new Error('interrupted by hand'));
        return { ...json('[]'), delayMs: 60_000 };
      },
    };
    await using server = await StrictServer.start({ list: route });
    const input = {
      sources: [{ alias: 'a', location: `${server.origin}/x.json` }],
      strict: false,
      insecure: false,
    };
    await expect(loadRepositories({ ...input, cacheUse: 'refresh' }, ports(), stop.signal)).rejects.toThrow(
      'interrupted by hand',
    );
  });
});

describe('redirects', () => {
  it('five redirects are followed, also relative ones; the sixth is not', async () => {
    const hops = Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((n) => [`hop${n}`, goes(`/${n}.json`, `${n - 1}.json`)]),
    );
    await using server = await StrictServer.start({ ...hops, end: gives('/0.json', json(list('End'))) });
    expect(ids(await load([`${server.origin}/5.json`]))).toEqual(['end']);
    await expect(load([`${server.origin}/6.json`])).rejects.toMatchObject({
      code: 'repository-unreadable',
      message: expect.stringContaining('/6.json redirects more than 5 times'),
    });
  });

  it.each(['file:///etc/passwd', 'http://192.0.2.1/x', 'https://u:hunter22@b.example/'])(
    'to %s: refused before it is requested',
    async (target) => {
      await using server = await StrictServer.start({ list: goes('/list.json', target) });
      const failure = expect(load([`${server.origin}/list.json`])).rejects;
      await failure.toMatchObject({
        code: 'unsafe-address',
        exitCode: 3,
        message: expect.stringMatching(
          /^http:\/\/127\.0\.0\.1:\d+\/list\.json redirects: Address refused: "(?!.*hunter22)/,
        ),
      });
    },
  );

  it('never from https to http, not even to this machine (B098)', async () => {
    const asked: string[] = [];
    const from: LoadPorts = {
      ...ports(),
      http: {
        request: async ({ url }) => {
          asked.push(url);
          return { status: 301, headers: [['location', 'http://127.0.0.1:1/x']], body: new Uint8Array() };
        },
      },
    };
    await expect(load(['https://b.example/x.json'], {}, from)).rejects.toMatchObject({
      code: 'unsafe-address',
      message: 'https://b.example/x.json redirects from https to plain http: http://127.0.0.1:1/x',
    });
    expect(asked).toEqual(['https://b.example/x.json']);
  });
});

it('a GitHub page is requested as its raw file, and named as given', async () => {
  const asked: string[] = [];
  const from: LoadPorts = {
    ...ports(),
    http: {
      request: async ({ url }) => {
        asked.push(url);
        return { status: 200, headers: [], body: new TextEncoder().encode(list('A')) };
      },
    },
  };
  const loaded = await load(['https://github.com/o/r/blob/main/a.json'], {}, from);
  expect(asked).toEqual(['https://raw.githubusercontent.com/o/r/main/a.json']);
  expect(loaded.services[0]?.repository).toBe('https://github.com/o/r/blob/main/a.json');
});

describe('the address of a server', () => {
  it.each([
    ['', { status: 404 } as PlannedResponse],
    ['/', html],
    ['/bim', json('{"hello":1}')],
  ])('%j: /servicelist below it is tried once', async (path, response) => {
    const below = `${path.replace(/\/$/, '')}/servicelist`;
    await using server = await StrictServer.start({
      base: gives(path || '/', response),
      list: gives(below, json(list('A'))),
    });
    server.expectCalls(['base', 'list', 'list']);
    const loaded = await load([server.origin + path]);
    expect(loaded.services).toMatchObject([{ id: 'a', repository: server.origin + below }]);
    now += 10 * MINUTE;
    await load([server.origin + path]);
    server.assertDone();
  });

  it('when both fail, the error of the given address is reported', async () => {
    await using server = await StrictServer.start({
      base: gives('/', html),
      list: gives('/servicelist', { status: 404 }),
    });
    await expect(load([server.origin])).rejects.toMatchObject({
      message: expect.stringContaining('is a web page'),
    });
  });
});

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
      now = START + elapsed;
      const loaded = await load([url]);
      expect([ids(loaded), loaded.warnings, server.calls.length]).toEqual([['cached'], [], asked]);
    }
    server.assertDone();
  });

  it('after the clock was set back, the list is requested again', async () => {
    await using server = await start();
    await load([`${server.origin}/list.json`]);
    now = START - 24 * 60 * MINUTE;
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
    now += elapsed;
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
    now += 180 * MINUTE;
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
    now += 10 * MINUTE;
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
    const [name = ''] = await readdir(join(folder, 'cache'));
    const file = join(folder, 'cache', name);
    await writeFile(file, damage(await readFile(file, 'utf8')));
    expect(ids(await load([url]))).toEqual(['cached']);
    expect(server.calls.map((seen) => header(seen, 'if-none-match'))).toEqual([undefined, undefined]);
  });

  it('a cache that cannot be written costs nothing (B073)', async () => {
    await writeFile(join(folder, 'cache'), 'a file where the folder should be');
    await using server = await start();
    expect(await load([`${server.origin}/list.json`])).toMatchObject({
      services: [{ id: 'cached' }],
      warnings: [],
    });
  });

  it('is private: files 0600 in a folder 0700', async () => {
    await using server = await start();
    await load([`${server.origin}/list.json`]);
    const [name = ''] = await readdir(join(folder, 'cache'));
    const modes = await Promise.all(
      [join(folder, 'cache'), join(folder, 'cache', name)].map((path) => stat(path)),
    );
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600']);
  });
});

it('a response with an endless head is a repository that cannot be read, exit 3', async () => {
  const server = createServer((socket) => {
    // The client hangs up in the middle, as it should.
    socket.on('error', () => {});
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await expect(load([`http://127.0.0.1:${port}/x.json`])).rejects.toMatchObject({
      code: 'repository-unreadable',
      exitCode: 3,
      message: expect.stringContaining('/x.json cannot be read: '),
    });
  } finally {
    server.close();
  }
});
