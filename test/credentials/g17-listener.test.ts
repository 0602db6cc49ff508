// G17: requests to the listener while a login waits, through the whole program (CASES B001 to B026).

import { createServer } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { Person } from '../support/browser-double.js';
import { type RunOverrides, Workspace } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { rawExchange, silentSocket } from '../support/raw-socket.js';
import { Session } from '../support/session.js';

interface At {
  redirect: URL;
  state: string;
}

/** Requests beside the real callback. None of them may end the login, or be believed. */
const STRAYS: Readonly<Record<string, (at: At) => Promise<unknown>>> = {
  'a forged error': (at) => get(at, '?error=access_denied&state=forged'),
  'a wrong state': (at) => get(at, '?code=x&state=wrong'),
  'no state': (at) => get(at, '?code=x'),
  'a repeated parameter': (at) => get(at, `?code=x&state=${encodeURIComponent(at.state)}&state=other`),
  'a repeated code, with our state': (at) => get400(at, `${valid(at)}&code=another`),
  'a repeated error, with our state': (at) => get400(at, `${ours(at)}&error=a&error=b`),
  'a repeated iss, with our state': (at) => get400(at, `${valid(at)}&iss=https://a&iss=https://b`),
  'a denial without state': (at) => get400(at, '?error=access_denied'),
  'the favicon': (at) => get({ ...at, redirect: new URL('/favicon.ico', at.redirect) }),
  'the root': (at) => get({ ...at, redirect: new URL('/', at.redirect) }),
  HEAD: (at) => send(at, 'HEAD', valid(at)),
  OPTIONS: (at) => send(at, 'OPTIONS', valid(at)),
  POST: (at) => send(at, 'POST', valid(at)),
  'prefetch: Sec-Purpose': (at) => send(at, 'GET', valid(at), 'Sec-Purpose: prefetch\r\n'),
  'prefetch: Purpose': (at) => send(at, 'GET', valid(at), 'Purpose: prefetch\r\n'),
  'prefetch: X-Moz': (at) => send(at, 'GET', valid(at), 'X-Moz: prefetch\r\n'),
  'two silent sockets': async (at) => [await silentSocket(at.redirect), await silentSocket(at.redirect)],
  'a partial request line': (at) => silentSocket(at.redirect, 'GET /cb HT'),
  'a slow request line': (at) => silentSocket(at.redirect, 'G'),
  'a kept connection': (at) =>
    silentSocket(at.redirect, `GET / HTTP/1.1\r\nHost: ${at.redirect.host}\r\n\r\n`),
  'an address of 64 KiB': (at) => get(at, `?code=${'x'.repeat(65_536)}&state=wrong`),
  'a foreign Host': (at) => send(at, 'GET', valid(at), '', 'evil.example'),
  'a foreign Host with our port': (at) => send(at, 'GET', valid(at), '', `evil.example:${at.redirect.port}`),
  'a foreign Origin': (at) => send(at, 'POST', valid(at), 'Origin: https://evil.example\r\n'),
  'XSS in error': (at) => get(at, '?error=%3Cimg%20src=x%20onerror=alert(1)%3E&state=wrong'),
  'XSS in error_description': (at) =>
    get(at, '?error=a&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=wrong'),
  'XSS in state': (at) => get(at, '?code=a&state=%3Cscript%3Ealert(1)%3C/script%3E'),
};

const valid = ({ state }: At) => `?code=not-the-real-one&state=${encodeURIComponent(state)}`;
const ours = ({ state }: At) => `?state=${encodeURIComponent(state)}`;
const get400 = async (at: At, query: string) => expect(await get(at, query)).toMatch(/^HTTP\/1\.1 400 /);
const get = (at: At, query = '') => send(at, 'GET', query);

async function send(
  { redirect }: At,
  method: string,
  query: string,
  headers = '',
  host = redirect.host,
): Promise<string> {
  const response = await rawExchange(
    redirect,
    `${method} ${redirect.pathname}${query} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`,
  );
  expect(response, 'no part of the request is on the page').not.toMatch(/<script>alert|<img src=x/);
  return response;
}

let ran = 0;
afterAll(() => console.info(`faults G17: ${ran} cases`));

/** A login; `around` runs before the person responds, or instead. */
async function login(
  around: (at: At) => Promise<unknown>,
  options: { argv?: string[]; overrides?: RunOverrides; answers?: boolean } = {},
) {
  ran += 1;
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  await using person = new Person();
  const browser = {
    async open(url: string) {
      const { searchParams } = new URL(url);
      await around({
        redirect: new URL(searchParams.get('redirect_uri') ?? ''),
        state: searchParams.get('state') ?? '',
      });
      if (options.answers ?? true) await person.open(url);
    },
  };
  const argv = [
    'authorize',
    'clash',
    '--json',
    '--wait',
    '10m',
    '-r',
    service.listUrl,
    ...(options.argv ?? []),
  ];
  const started = Date.now();
  const result = await workspace.run(argv, { browser, ...options.overrides });
  const page = options.answers === false ? null : await person.visit().catch(() => null);
  service.server.takeComplaints();
  return { ...result, took: Date.now() - started, tokens: service.server.callsTo('token').length, page };
}

describe('G17', () => {
  test.each(Object.entries(STRAYS))('%s does not end the login, and is not believed', async (_, stray) => {
    const { code, tokens, page } = await login(stray);
    expect({ code, tokens, page: page?.status }).toEqual({ code: 0, tokens: 1, page: 200 });
  });

  test('a hundred forged callbacks are one line, and one with their number', async () => {
    const { code, stderr } = await login(async (at) => {
      const forged = Array.from({ length: 100 }, (_, sent) => get(at, `?code=x&state=forged-${sent}`));
      await Promise.all(forged);
    });
    expect(code).toBe(0);
    const lines = stderr.split('\n').filter((line) => line.includes('not for this login'));
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('100 responses that are not for this login were ignored');
  });

  test('a denial without the state is named as such', async () => {
    const { code, stderr } = await login((at) => get(at, '?error=access_denied'));
    expect(code).toBe(0);
    expect(stderr).toContain('a denial (access_denied) came without the state of this login');
  });

  test('B011: the same callback twice is one exchange', async () => {
    ran += 1;
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person();
    let second: Promise<Response> | undefined;
    const browser = {
      async open(url: string) {
        await person.open(url);
        const { hops } = await person.visit();
        second = fetch(hops.at(-1) ?? '');
        await second.catch(() => {});
      },
    };
    const { code } = await workspace.run(['authorize', 'clash', '-r', service.listUrl], { browser });
    await second?.catch(() => {});
    expect({ code, tokens: service.server.callsTo('token').length }).toEqual({ code: 0, tokens: 1 });
    service.server.takeComplaints();
  });

  test('B001: a registered port that is in use means one new registration; with --port it is exit 7', async () => {
    ran += 1;
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const at = ['-r', service.listUrl];
    await workspace.run(['register', 'clash', ...at]);
    const { redirectUri } = JSON.parse((await workspace.run(['register', 'clash', '--json', ...at])).stdout);
    const port = Number(new URL(redirectUri).port);
    const squatter = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    try {
      await using person = new Person();
      const fixed = await workspace.run(['authorize', 'clash', '--json', '--port', String(port), ...at], {
        browser: person,
      });
      expect({ code: fixed.code, error: JSON.parse(fixed.stdout).error.code }).toEqual({
        code: 7,
        error: 'port-busy',
      });
      expect(fixed.stderr).toContain(String(port));
      expect((await workspace.run(['authorize', 'clash', ...at], { browser: person })).code).toBe(0);
      expect(service.server.callsTo('register')).toHaveLength(2);
      await person.visit();
    } finally {
      squatter.close();
    }
    service.server.takeComplaints();
  });

  test('B149: no callback: the deadline ends it with 4, and the next login registers again', async () => {
    const { code, stdout } = await login(async () => {}, { argv: ['--wait', '1s'], answers: false });
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 4, error: 'consent-timeout' });
  });

  test('B022: Ctrl-C ends it with 130, not the deadline', async () => {
    let press: () => void = () => {};
    const interrupt = new Promise<void>((resolve) => {
      press = resolve;
    });
    const { code } = await login(async () => press(), { overrides: { interrupt }, answers: false });
    expect(code).toBe(130);
  });

  test.each([
    ['is missing', '/nowhere/at/all'],
    ['ends with 3', 'sh -c "exit 3"'],
    ['hangs', 'sh -c "sleep 600"'],
  ])(
    'B023: an opener that %s causes at most a note; the address is printed, and the login waits',
    async (_, command) => {
      ran += 1;
      await using service = await FlatService.start();
      await using workspace = await Workspace.create();
      await using person = new Person();
      const argv = ['authorize', 'clash', '--browser', command, '-r', service.listUrl];
      await using session = new Session(workspace, argv);
      await person.open(await session.waitForText(/(http:\S+\/authorize\.php\?\S+)/));
      expect(await session.end()).toMatchObject({ code: 0 });
      service.server.takeComplaints();
    },
  );

  test('B019: when the exchange fails, the page shows it too', async () => {
    ran += 1;
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person();
    const at = ['-r', service.listUrl];
    await workspace.run(['register', 'clash', ...at]);
    // The server forgets its codes between the consent and the exchange.
    const browser = {
      async open(url: string) {
        const query = new URL(url).searchParams;
        const callback = `${query.get('redirect_uri')}?code=of-another-day&state=${encodeURIComponent(query.get('state') ?? '')}`;
        await person.open(callback);
      },
    };
    const { code } = await workspace.run(['authorize', 'clash', ...at], { browser });
    const page = await person.visit();
    expect(code).toBe(4);
    expect(page.body).toMatch(/failed|did not work|not/i);
    expect(page.body).not.toMatch(/Access granted/);
    service.server.takeComplaints();
  });
});
