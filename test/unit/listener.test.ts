// The callback listener on real sockets: which requests are accepted, which wait, and that closing is fast.

import { once } from 'node:events';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import type { CallbackListener, CallbackPageText } from '../../src/core/ports/login.js';
import { BimServiceError } from '../../src/errors.js';
import { callbackPage } from '../../src/io/login/callback-page.js';
import { openListener } from '../../src/io/login/listener.js';

const AUTHORIZED: CallbackPageText = { ok: true, text: 'authorized' };
const FAILED: CallbackPageText = { ok: false, text: 'failed' };
const isOurs = (parameters: URLSearchParams): boolean => parameters.get('state') === 'ours';
const never = new AbortController().signal;

const opened: AsyncDisposable[] = [];
const sockets: Socket[] = [];
let strays: string[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of opened.splice(0)) await listener[Symbol.asyncDispose]();
  strays = [];
});

async function listen(port = 0, path = '/callback'): Promise<CallbackListener> {
  const listener = await openListener({
    port,
    path,
    service: 'clash-check',
    onStray: (reason) => strays.push(reason),
  });
  opened.push(listener);
  return listener;
}

function portOf(listener: CallbackListener): number {
  return Number(new URL(listener.redirectUri).port);
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

function send(
  listener: CallbackListener,
  target: string,
  options: { method?: string; headers?: OutgoingHttpHeaders } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port: portOf(listener), path: target, agent: false, ...options },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        incoming.on('error', reject).on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        });
      },
    );
    outgoing.on('error', reject).end();
  });
}

async function openSocket(listener: CallbackListener, firstBytes: string): Promise<Socket> {
  const socket = connect(portOf(listener), '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  if (firstBytes !== '') socket.write(firstBytes);
  return socket;
}

test('a TLS hello is reported: a browser that insists on https', async () => {
  const listener = await listen();
  const socket = connect(portOf(listener), '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 0, 0, 0]));
  await expect.poll(() => strays).toEqual(['tls']);
});

test('the page names the service, and nothing else from outside', () => {
  expect(callbackPage('authorized', 'main/clash-check').html).toContain('Service: main/clash-check');
  expect(callbackPage('authorized', '<b>"&x').html).toContain('Service: bx<');
});

describe('binding', () => {
  test('the literal 127.0.0.1, a port of the kernel (B001, B002, B004)', async () => {
    const listener = await listen();
    expect(listener.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/callback$/);
  });

  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === 'IPv4' && !address.internal);
  const others = [
    ...(process.platform === 'linux' ? ['127.0.0.2'] : []),
    '::1',
    ...outside.map(({ address }) => address),
  ];
  test.each(others)('there is no listener on %s (B004)', async (host) => {
    const listener = await listen();
    const socket = connect(portOf(listener), host);
    await expect(once(socket, 'connect')).rejects.toThrow();
    socket.destroy();
  });

  test('a port in use is port-busy and named (B001)', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const error: unknown = await listen(port).catch((reason: unknown) => reason);
    other.close();
    if (!(error instanceof BimServiceError)) throw error;
    expect([error.code, error.exitCode]).toEqual(['port-busy', 7]);
    expect(error.message).toContain(String(port));
    expect(error.hint).toContain('--port');
  });

  test('the port is free after closing, and can be requested', async () => {
    const first = await listen();
    await first[Symbol.asyncDispose]();
    const second = await listen(portOf(first));
    expect(second.redirectUri).toBe(first.redirectUri);
  });
});

describe('what is not a callback', () => {
  test.each([
    '/',
    '/favicon.ico',
    '/robots.txt',
    '/callback/',
    '/Callback',
    '/x/../callback?state=ours',
    '//callback?state=ours',
    'http://127.0.0.1/callback?state=ours',
  ])('%s gets 404 without a body, and the wait continues (B005)', async (target) => {
    const listener = await listen();
    const next = listener.next(isOurs, never);
    const received = await send(listener, target);
    expect([received.status, received.text]).toEqual([404, '']);
    const real = send(listener, '/callback?state=ours&code=c');
    await (await next).respond(AUTHORIZED);
    expect((await real).status).toBe(200);
    expect(strays).toEqual([]);
  });

  test.each(['HEAD', 'OPTIONS', 'POST', 'PUT'])('%s is refused', async (method) => {
    const listener = await listen();
    listener.next(isOurs, never);
    const received = await send(listener, '/callback?state=ours&code=c', { method });
    expect(received.status).toBe(405);
    expect(received.headers.allow).toBe('GET');
    expect(received.headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1', '127.0.0.1.evil.example:80'])(
    'Host %s is refused',
    async (host) => {
      const listener = await listen();
      listener.next(isOurs, never);
      const received = await send(listener, '/callback?state=ours&code=c', { headers: { host } });
      expect([received.status, received.text]).toEqual([421, '']);
    },
  );

  test.each([
    { 'Sec-Purpose': 'prefetch;prerender' },
    { Purpose: 'prefetch' },
    { 'X-Moz': 'prefetch' },
    { 'X-Purpose': 'preview' },
  ])('a prefetch (%j) gets 204 and does not use up the callback (B010)', async (headers) => {
    const listener = await listen();
    const next = listener.next(isOurs, never);
    const prefetch = await send(listener, '/callback?state=ours&code=c', { headers });
    expect([prefetch.status, prefetch.headers['cache-control']]).toEqual([204, 'no-store']);
    const real = send(listener, '/callback?state=ours&code=c');
    expect((await next).parameters.get('code')).toBe('c');
    await (await next).respond(AUTHORIZED);
    expect((await real).text).toContain('Access granted');
  });

  test('a wrong state gets a different page and one warning; the wait continues (B007)', async () => {
    const listener = await listen();
    const next = listener.next(isOurs, never);
    const stray = await send(listener, '/callback?state=wrong&code=x');
    expect(stray.status).toBe(400);
    expect(stray.text).toContain('This response is not for this login');
    expect(strays).toEqual(['wrong-state']);
    const real = send(listener, '/callback?state=ours&code=c');
    await (await next).respond(AUTHORIZED);
    expect((await real).status).toBe(200);
    await send(listener, '/callback');
    expect(strays).toEqual(['wrong-state', 'wrong-state']);
  });
});

describe('the callback', () => {
  test('the page waits for the outcome and shows it (B019)', async () => {
    const listener = await listen();
    const real = send(listener, '/callback?state=ours&code=c');
    const callback = await listener.next(isOurs, never);
    const early = await Promise.race([real, new Promise((resolve) => setTimeout(resolve, 100, 'waiting'))]);
    expect(early).toBe('waiting');
    await callback.respond(FAILED);
    const received = await real;
    expect(received.status).toBe(400);
    expect(received.text).toContain('Not authorized');
  });

  test('nothing of the request is on the page, and the headers forbid everything (B017)', async () => {
    const listener = await listen();
    const evil = '<img src=x onerror=alert(1)>';
    const real = send(listener, `/callback?state=ours&error=${encodeURIComponent(evil)}&x=${'y'.repeat(50)}`);
    const callback = await listener.next(isOurs, never);
    expect(callback.parameters.get('error')).toBe(evil);
    await callback.respond({ ok: false, text: 'denied' });
    const { headers, text } = await real;
    expect(text).toBe(callbackPage('denied', 'clash-check').html);
    expect(text).not.toMatch(/onerror|<script|yyyy/);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      connection: 'close',
    });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*';/);
  });

  test('a request before next() is kept (B025)', async () => {
    const listener = await listen();
    const stray = send(listener, '/callback?state=wrong');
    const real = send(listener, '/callback?state=ours&code=early');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const callback = await listener.next(isOurs, never);
    expect(callback.parameters.get('code')).toBe('early');
    await callback.respond(AUTHORIZED);
    expect([(await stray).status, (await real).status]).toEqual([400, 200]);
  });

  test('a second one is not delivered and gets the same page, during and after the exchange (B011)', async () => {
    const listener = await listen();
    let asked = 0;
    const next = listener.next((parameters) => {
      asked += 1;
      return isOurs(parameters);
    }, never);
    const [first, second] = [0, 1].map(() => send(listener, '/callback?state=ours&code=c'));
    const callback = await next;
    await expect.poll(() => asked).toBe(2);
    await callback.respond(AUTHORIZED);
    await callback.respond(FAILED);
    const third = send(listener, '/callback?state=ours&code=c');
    const texts = await Promise.all([first, second, third].map(async (received) => (await received)?.text));
    expect(new Set(texts)).toEqual(new Set([callbackPage('authorized', 'clash-check').html]));
    expect(() => listener.next(isOurs, never)).toThrow('once');
  });

  test('an address of 64 KiB and a code of 8 KiB are read (B020)', async () => {
    const listener = await listen();
    const code = 'ab'.repeat(4096);
    const real = send(listener, `/callback?state=ours&code=${code}&websocketUrl=${'x'.repeat(56_000)}`);
    const callback = await listener.next(isOurs, never);
    expect(callback.parameters.get('code')).toBe(code);
    await callback.respond(AUTHORIZED);
    expect((await real).status).toBe(200);
  });

  test('answering a browser that has gone resolves (B016)', async () => {
    const listener = await listen();
    const next = listener.next(isOurs, never);
    const { host } = new URL(listener.redirectUri);
    const socket = await openSocket(listener, `GET /callback?state=ours HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const callback = await next;
    socket.destroy();
    await once(socket, 'close');
    await callback.respond(AUTHORIZED);
    // The exchange is over: a second request of this browser sees how it ended.
    const again = await send(listener, '/callback?state=ours');
    expect(again.text).toBe(callbackPage('authorized', 'clash-check').html);
  });

  test('silent and incomplete connections do not block it (B013)', async () => {
    const listener = await listen();
    await openSocket(listener, '');
    await openSocket(listener, '');
    await openSocket(listener, 'GET /callback HT');
    const real = send(listener, '/callback?state=ours&code=c');
    await (await listener.next(isOurs, never)).respond(AUTHORIZED);
    expect((await real).status).toBe(200);
  });

  test('bytes that are no HTTP do no harm', async () => {
    const listener = await listen();
    const next = listener.next(isOurs, never);
    const socket = await openSocket(listener, '\u0016\u0003\u0001 hello\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    const real = send(listener, '/callback?state=ours&code=c');
    await (await next).respond(AUTHORIZED);
    expect((await real).status).toBe(200);
  });
});

describe('the end', () => {
  test('an aborted wait rejects with the reason, at once or later (B022)', async () => {
    const later = new AbortController();
    const wait = (await listen()).next(isOurs, later.signal);
    const reason = new Error('deadline');
    later.abort(reason);
    await expect(wait).rejects.toBe(reason);
    await expect((await listen()).next(isOurs, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test('closing takes no longer than the page, even with open sockets (B014)', async () => {
    const listener = await listen();
    const open = [await openSocket(listener, ''), await openSocket(listener, 'GET /callback HT')];
    const gone = open.map((socket) => once(socket, 'close'));
    const real = send(listener, '/callback?state=ours&code=c');
    const callback = await listener.next(isOurs, never);
    void callback.respond(AUTHORIZED);
    await listener[Symbol.asyncDispose]();
    await Promise.all(gone);
    expect((await real).text).toContain('Access granted');
    await expect(send(listener, '/callback')).rejects.toThrow('ECONNREFUSED');
    await listener[Symbol.asyncDispose]();
  });

  test('a callback without a response gets the failure page when the listener closes', async () => {
    const listener = await listen();
    const real = send(listener, '/callback?state=ours&code=c');
    await listener.next(isOurs, never);
    await listener[Symbol.asyncDispose]();
    expect((await real).text).toContain('Not authorized');
  });

  test('closing before any request, and with an unexpected request', async () => {
    await (await listen())[Symbol.asyncDispose]();
    const listener = await listen();
    const kept = send(listener, '/callback?state=ours').catch((error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await listener[Symbol.asyncDispose]();
    expect(await kept).toBeInstanceOf(Error);
  });
});

test('the style of the page is the one its policy allows, in light and dark', () => {
  const { html, headers } = callbackPage('authorized', 'clash-check');
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html).not.toMatch(/<(script|img|link)|style="|https?:/);
  expect(headers['Content-Security-Policy']).not.toContain('unsafe');
});
