// Requests and models through a proxy. The names end in `.test` and only the proxy knows them, so a request that arrives
// has passed the proxy.
import { afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { BimServiceError } from '../../src/errors.js';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { proxyFor } from '../../src/io/http/proxy.js';
import { redact } from '../../src/secret.js';
import { Authority, type Identity } from '../support/certificates.js';
import { Workspace } from '../support/cli.js';
import { tempDir } from '../support/fixtures.js';
import { freePort } from '../support/peer.js';
import { modelRequest, openService, startProxy, ways } from './doubles.js';

let root: Authority;
let server: Identity;

beforeAll(async () => {
  await using folder = await tempDir();
  root = await Authority.root(folder.path);
  server = await root.issue({ names: 'DNS:service.test' });
});

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];

beforeEach(() => {
  for (const name of VARIABLES.flatMap((upper) => [upper, upper.toLowerCase()])) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function useProxy(host: string, credentials = ''): void {
  vi.stubEnv('HTTP_PROXY', `http://${credentials}${host}`);
  vi.stubEnv('HTTPS_PROXY', `http://${credentials}${host}`);
}

const trusting = (limits = {}) => ways({ ca: [root.cert], limits });

const TARGETS = [
  { scheme: 'http', tls: () => ({}) },
  { scheme: 'https', tls: () => ({ tls: server }) },
];
const WAYS = ['small', 'model'] as const;
const CASES = TARGETS.flatMap((target) => WAYS.map((way) => ({ ...target, way })));

describe.each(CASES)('$way request to $scheme through a proxy', ({ scheme, tls, way }) => {
  it('arrives, without and with a password (B100)', async () => {
    await using service = await openService(tls());
    for (const credentials of [undefined, 'ada:p@ss:w/rd%#é']) {
      await using proxy = await startProxy(credentials === undefined ? {} : { credentials });
      useProxy(proxy.host, credentials === undefined ? '' : `ada:${encodeURIComponent('p@ss:w/rd%#é')}@`);
      const response = await trusting()[way](`${scheme}://service.test:${service.port}/check?a=b`);
      expect(response).toMatchObject({ status: 200 });
      expect(service.visits.at(-1)).toMatchObject({
        target: '/check?a=b',
        bytes: way === 'model' ? 4000 : 0,
      });
      expect(proxy.heads[0]).toMatch(
        scheme === 'https' ? /^CONNECT service\.test:/ : /^\w+ http:\/\/service\.test:/,
      );
      if (scheme === 'https') expect(service.visits.at(-1)?.headers['proxy-authorization']).toBeUndefined();
    }
  });

  it.each([
    ['no password', '', /^the proxy 127\.0\.0\.1:\d+ requires a user and a password \(407\)$/],
    [
      'a wrong one',
      'ada:S3cretWrong@',
      /^the proxy 127\.0\.0\.1:\d+ did not accept the user and the password \(407\)$/,
    ],
  ])('names the proxy when it requires a password and gets %s (B100)', async (_, credentials, message) => {
    await using service = await openService(tls());
    await using proxy = await startProxy({ credentials: 'ada:right' });
    useProxy(proxy.host, credentials);
    const error = await trusting()[way](`${scheme}://service.test:${service.port}/check`, 2_000_000);
    expect(error).toBeInstanceOf(BimServiceError);
    expect(error).toMatchObject({ code: 'proxy-failed', exitCode: 5, outcome: 'not-sent' });
    expect(error).toHaveProperty('message', expect.stringMatching(message));
    expect(redact(everything(error))).not.toContain('S3cretWrong');
    expect(service.connections()).toBe(0);
    // No byte of a model, and no token, may reach the proxy before the tunnel exists.
    expect(proxy.refusedBytes().toString()).not.toContain('ISO-10303-21');
    if (scheme === 'https') expect(proxy.heads.join()).not.toContain('token-of-the-service');
  });

  it('names the proxy when no program listens there', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    useProxy(host, 'ada:S3cretDown@');
    const error = await trusting()[way](`${scheme}://service.test/check`);
    expect(error).toMatchObject({
      code: 'proxy-failed',
      message: `the proxy ${host} was not reached: no program listens there (ECONNREFUSED)`,
    });
    expect(everything(error)).not.toContain('S3cretDown');
    if (way === 'model') expect(error).toMatchObject({ outcome: 'not-sent' });
  });
});

// A plain http model has no connection phase of its own: its response may take as long as the job.
describe.each(CASES.filter(({ scheme, way }) => scheme === 'https' || way === 'small'))(
  '$way request to $scheme through a proxy that never responds',
  ({ scheme, way }) => {
    it('stops waiting, and names the proxy', async () => {
      await using proxy = await startProxy({ silent: true });
      useProxy(proxy.host);
      const error = await trusting({ connectMs: 300, tunnelMs: 300, exchangeMs: 1000 })[way](
        `${scheme}://service.test/check`,
      );
      const code = scheme === 'https' ? 'proxy-failed' : 'unreachable';
      expect(error).toMatchObject({ code, exitCode: 5 });
      expect(error).toHaveProperty('message', expect.stringContaining('service.test'));
      expect(error).toHaveProperty('message', expect.stringContaining(`the proxy ${proxy.host}`));
      expect(proxy.heads).toHaveLength(1);
    });

    it('ends at once on Ctrl-C, with no open socket', async () => {
      await using proxy = await startProxy({ silent: true });
      useProxy(proxy.host);
      const stop = new AbortController();
      const client = createHttpClient({
        ca: undefined,
        userAgent: 'test',
        limits: HTTP_LIMITS,
        env: process.env,
      });
      const url = `${scheme}://service.test/check`;
      const pending =
        way === 'small'
          ? client.request({ method: 'GET', url, headers: {} }, stop.signal)
          : client.postModel(modelRequest(url, 4000), stop.signal);
      await expect.poll(() => proxy.heads.length).toBe(1);
      const reason = new BimServiceError('interrupted', 'interrupted');
      stop.abort(reason);
      await expect(pending).rejects.toBe(reason);
      await expect.poll(() => proxy.open()).toBe(0);
    });
  },
);

describe.each(WAYS)('%s: responses of a proxy to CONNECT', (way) => {
  const page = 'Output-Type: BCF_ZIP_2_1\r\nContent-Length: 5\r\n\r\nhello';
  it.each([
    ['403 Forbidden', /^the proxy \S+ refused the connection to service\.test:444 \(403\)$/],
    ['404 Not Found', /^the proxy \S+ refused the connection to service\.test:444 \(404\)$/],
    ['407 Who are you', /requires a user and a password \(407\)$/],
    ['502 Bad Gateway', /^the proxy \S+ did not reach service\.test:444 \(502\)$/],
    ['503 Service Unavailable', /^the proxy \S+ did not reach service\.test:444 \(503\)$/],
    ['504 Gateway Timeout', /^the proxy \S+ did not reach service\.test:444 \(504\)$/],
    ['302 Found', /^the proxy \S+ refused the connection to service\.test:444 \(302\)$/],
  ])("%s is the proxy's own response, never the service's, and gets no byte", async (status, message) => {
    await using proxy = await startProxy({ sends: `HTTP/1.1 ${status}\r\n${page}` });
    useProxy(proxy.host);
    const error = await trusting()[way]('https://service.test:444/check');
    expect(error).toMatchObject({ code: 'proxy-failed', exitCode: 5, outcome: 'not-sent' });
    expect(error).toHaveProperty('message', expect.stringMatching(message));
    expect(proxy.refusedBytes()).toHaveLength(0);
  });

  it('no response, and the connection closed: one attempt, and the proxy is named at once', async () => {
    await using proxy = await startProxy({ closes: true });
    useProxy(proxy.host);
    const error = await trusting({ exchangeMs: 5000 })[way]('https://service.test:444/check');
    expect(error).toMatchObject({
      code: 'proxy-failed',
      exitCode: 5,
      outcome: 'not-sent',
      message: `the proxy ${proxy.host} made no connection to service.test:444: it closed the connection without a response`,
    });
    expect(proxy.heads).toHaveLength(1);
  });

  it('bytes that are not HTTP are an error that names both', async () => {
    await using proxy = await startProxy({ sends: 'SSH-2.0-OpenSSH_9\r\n\r\n' });
    useProxy(proxy.host);
    const error = await trusting()[way]('https://service.test:444/check');
    expect(error).toBeInstanceOf(BimServiceError);
    expect(error).toHaveProperty('message', expect.stringContaining(proxy.host));
    expect(proxy.refusedBytes()).toHaveLength(0);
  });

  it('an untrusted certificate behind the proxy is the reported fault', async () => {
    await using service = await openService({ tls: server });
    await using proxy = await startProxy();
    useProxy(proxy.host);
    const error = await ways()[way](`https://service.test:${service.port}/check`);
    expect(error).toMatchObject({ code: 'tls-failed' });
    expect(error).toHaveProperty('message', expect.stringMatching(/service\.test:\d+ through the proxy 127/));
    expect(service.visits).toHaveLength(0);
  });

  it.each([502, 503, 504])('%s from a proxy for plain http is shown as a response', async (status) => {
    await using proxy = await startProxy({
      sends: `HTTP/1.1 ${status} Oh\r\nContent-Length: 5\r\n\r\nhello`,
    });
    useProxy(proxy.host);
    expect(await ways()[way]('http://service.test/check')).toMatchObject({ status });
  });
});

test('`list` names a proxy that is silent before its own time is over, after one attempt', async () => {
  await using proxy = await startProxy({ silent: true });
  await using workspace = await Workspace.create();
  const { code, stderr } = await workspace.spawn(['list', '-r', 'https://service.test/list.json'], {
    env: { HTTPS_PROXY: `http://${proxy.host}` },
  });
  expect(code).toBe(5);
  expect(stderr).toContain(
    `error: the proxy ${proxy.host} made no connection to service.test: no response within 6 s`,
  );
  expect(stderr).not.toContain('Warning');
  expect(proxy.heads).toHaveLength(1);
});

describe('which proxy', () => {
  const at = (url: string) => proxyFor(url, process.env)?.url ?? 'direct';

  it.each([
    ['http://127.0.0.1:1/', 'direct'],
    ['https://localhost/', 'direct'],
    ['http://[::1]:8080/', 'direct'],
    ['http://service.test/', 'http://h.test:1/'],
    ['https://service.test/', 'http://s.test:2/'],
  ])('loopback is always direct, a scheme has its own variable: %s (B100)', (url, proxy) => {
    vi.stubEnv('HTTP_PROXY', 'http://h.test:1');
    vi.stubEnv('https_proxy', 'http://s.test:2');
    expect(at(url)).toBe(proxy);
  });

  it('ALL_PROXY is used when a scheme has no variable of its own', () => {
    vi.stubEnv('ALL_PROXY', 'http://all.test:3');
    expect(at('https://service.test/')).toBe('http://all.test:3/');
  });

  it.each([
    ['service.test', 'https://service.test/', true],
    ['service.test', 'https://www.service.test/', false],
    ['.service.test', 'https://www.service.test/', true],
    ['*.service.test', 'https://www.service.test/', true],
    ['service.test:8443', 'https://service.test:8443/', true],
    ['service.test:8443', 'https://service.test/', false],
    ['service.test:443', 'https://service.test/', true],
    ['a.test, SERVICE.test', 'https://service.test/', true],
    ['*', 'https://service.test/', true],
    ['10.0.0.1', 'https://10.0.0.1/', true],
  ])('NO_PROXY=%s and %s: direct is %s', (list, url, direct) => {
    vi.stubEnv('HTTPS_PROXY', 'http://p.test:3128');
    vi.stubEnv('NO_PROXY', list);
    expect(at(url) === 'direct').toBe(direct);
  });

  it.each(['p.test:3128', 'ada:secret-word@p.test:3128'])(
    'an address without a scheme is http, also for https: %s',
    (value) => {
      vi.stubEnv('HTTPS_PROXY', value);
      expect(at('https://service.test/')).toBe('http://p.test:3128/');
    },
  );

  it('a bare % in a password is kept, and a user may have no password', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://ada:50%off@p.test:3128');
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(proxyFor('https://service.test/', process.env)?.authorization).toBe(basic('ada:50%off'));
    vi.stubEnv('HTTPS_PROXY', 'http://ada@p.test:3128');
    expect(proxyFor('https://service.test/', process.env)?.authorization).toBe(basic('ada:'));
  });

  it.each([
    'http://ada:S3c#ret@p.test:3128',
    'http://ada:1/S3cret@p.test',
    'http://p.test:99999',
    'socks5://p.test:1080',
    'http://',
  ])('an unusable address is one clear line without its value: %s', async (value) => {
    vi.stubEnv('HTTPS_PROXY', value);
    for (const way of WAYS) {
      const error = await ways()[way]('https://service.test/');
      expect(error).toMatchObject({ code: 'proxy-failed', exitCode: 5, outcome: 'not-sent' });
      expect(error).toHaveProperty(
        'message',
        expect.stringMatching(/^the proxy in HTTPS_PROXY \(or ALL_PROXY\) cannot be used: [^\n]+$/),
      );
      expect(everything(error)).not.toContain('S3c');
    }
  });

  it('a proxy without TLS that is configured as https is reported', async () => {
    await using proxy = await startProxy({ sends: 'HTTP/1.1 400 Bad\r\n\r\n' });
    vi.stubEnv('HTTPS_PROXY', `https://${proxy.host}`);
    for (const way of WAYS) {
      const error = await ways({ limits: { connectMs: 2000, exchangeMs: 2000 } })[way](
        'https://service.test/',
      );
      expect(error, way).toMatchObject({ exitCode: 5 });
      expect(error).toHaveProperty('message', expect.stringContaining(proxy.host));
    }
  });
});

/** Everything that an error could show, including its causes. */
function everything(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    texts.push(at.message, at.stack ?? '', JSON.stringify(at));
  return texts.join('\n');
}
