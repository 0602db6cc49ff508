// Lists of services from files, stdin and servers: what each response becomes.
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findService } from '../../src/core/repository/find-service.js';
import { loadRepositories } from '../../src/core/repository/load-repositories.js';
import type { LoadPorts } from '../../src/core/repository/read-source.js';
import { header, type PlannedResponse, type Route, StrictServer } from '../support/strict-server.js';

import { deadAddress, gives, goes, html, ids, json, list, listLoading } from './list-loading.js';

const { at, ports, load } = listLoading();

describe('sources', () => {
  it('an address, a file and stdin, side by side and in their order', async () => {
    await using server = await StrictServer.start({ list: gives('/list.json', json(list('One'))) });
    server.expectCalls(['list']);
    const file = join(at.folder, 'two.json');
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
    const [one, two] = [join(at.folder, '1.json'), join(at.folder, '2.json')];
    await writeFile(one, list('Echo', 'Only here'));
    await writeFile(two, list('Echo'));
    const loaded = await load([one, two]);
    expect(ids(loaded)).toEqual(['r1/echo', 'only-here', 'r2/echo']);
    expect(findService(loaded.services, loaded.refused, 'r2/echo').repository).toBe(two);
    expect(findService(loaded.services, loaded.refused, 'r1/only-here').id).toBe('only-here');
  });

  it('one that fails is a warning as long as another can be read', async () => {
    const good = join(at.folder, 'good.json');
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
    const [good, bad] = [join(at.folder, 'good.json'), join(at.folder, 'bad.json')];
    await writeFile(good, list('Good'));
    await writeFile(bad, '[{"name":"Bad"}]');
    expect((await load([good, bad])).warnings).toEqual([
      `${bad}: "Bad" (/0) left out: it has no resourceUrl`,
    ]);
    await expect(load([good, bad], { strict: true })).rejects.toMatchObject({ code: 'repository-invalid' });
  });

  it('a refused entry is found by name and throws its own error', async () => {
    const file = join(at.folder, 'bad.json');
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
    await expect(readdir(join(at.folder, 'cache'))).rejects.toThrow('ENOENT');
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

it.each(['https://127.0.0.1:9/x.json', 'https://10.0.0.7/x.json', 'https://nas.local/x.json'])(
  'a list in the world that redirects to %s is not followed',
  async (location) => {
    const asked: string[] = [];
    const from: LoadPorts = {
      ...ports(),
      http: {
        request: async ({ url }) => {
          asked.push(url);
          return { status: 302, headers: [['Location', location]], body: new Uint8Array() };
        },
      },
    };
    await expect(load(['https://b.example/x.json'], {}, from)).rejects.toMatchObject({
      code: 'unsafe-address',
      message: expect.stringContaining('may not make this one call itself or its own network'),
    });
    expect(asked).toEqual(['https://b.example/x.json']);
  },
);

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
    at.now += 600_000;
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
