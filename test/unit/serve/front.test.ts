// What every request passes: the name that it is for, another protocol that it asks for, and its line in the log.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { hostNames } from '../../../src/serve/http/host-names.js';
import type { Provider } from '../../../src/serve/provider.js';
import type { LoggedEvent } from '../../../src/serve/service/served-service.js';
import { Authority } from '../../support/certificates.js';
import { rawExchange } from '../../support/raw-socket.js';
import { ask, getToken, start } from './support.js';

/** What Java's HttpClient and `curl --http2` add to a first request. */
const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n';

describe('a request that asks for HTTP/2', () => {
  let provider: Provider;
  beforeAll(async () => {
    provider = await start();
  });
  afterAll(() => provider[Symbol.asyncDispose]());

  const exchange = (head: string, body = ''): Promise<string> => {
    const { host } = new URL(provider.origin);
    // The second request shows that the connection goes on.
    const last = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    return rawExchange(new URL(provider.origin), `${head}Host: ${host}\r\n${H2C}\r\n${body}${last}`);
  };

  it('gets its list over HTTP/1.1', async () => {
    const received = await exchange('GET /servicelist HTTP/1.1\r\n');
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(received).toContain('"capabilities":["WEBSOCKET"]');
    expect(received).toContain('{"status":"ok"}');
  });

  it.each([
    ['of a known length', 'Content-Length: 5\r\n', 'model'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n', '5\r\nmodel\r\n0\r\n\r\n'],
    ['after 100 Continue', 'Content-Length: 5\r\nExpect: 100-continue\r\n', 'model'],
  ])('sends a model %s', async (_, fields, body) => {
    const authorization = `Authorization: Bearer ${await getToken(provider)}\r\n`;
    const head = `POST /services/one HTTP/1.1\r\n${authorization}Input-Type: IFC_STEP_4\r\n${fields}`;
    const received = await exchange(head, body);
    expect(received).toContain('5 bytes of IFC_STEP_4');
    expect(received).toContain('{"status":"ok"}');
  });

  it('is served over TLS too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bimservice-front-'));
    try {
      const authority = await Authority.root(folder);
      const { certFile: cert, keyFile: key } = await authority.issue({ names: 'IP:127.0.0.1' });
      await using secure = await start({ tls: { cert, key } });
      const { host, port } = new URL(secure.origin);
      const socket = connectTls({ port: Number(port), host: '127.0.0.1', ca: authority.cert });
      socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${H2C}\r\n`);
      socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      let received = '';
      for await (const piece of socket) received += String(piece);
      expect(received.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the name that a request is for', () => {
  it.each([
    ['http://127.0.0.1:8765', ['127.0.0.1:8765']],
    ['http://localhost/', ['localhost', 'localhost:80']],
    ['https://bim.example.org', ['bim.example.org', 'bim.example.org:443']],
    ['https://[2001:db8::7]:8443', ['[2001:db8::7]:8443']],
  ])('of %s may be %j', (origin, names) => {
    expect([...hostNames([origin])]).toEqual(names);
  });

  it('may be the address that the request came to, where the server listens on all of them, and no other', async () => {
    await using provider = await start({ host: '::' });
    const { port } = new URL(provider.origin);
    const status = async (Host: string): Promise<number> =>
      (await ask(`http://127.0.0.1:${port}/healthz`, { headers: { Host } })).status;
    expect(await status(`127.0.0.1:${port}`)).toBe(200);
    expect(await status(`localhost:${port}`)).toBe(200);
    expect(await status('127.0.0.1')).toBe(421);
    expect(await status(`192.0.2.1:${port}`)).toBe(421);
    expect(await status(`127.0.0.1.rebound.example:${port}`)).toBe(421);
    const six = await ask(`http://[::1]:${port}/healthz`);
    expect(six.status).toBe(200);
  });

  it('is the one in a whole address, where the request line has one', async () => {
    await using provider = await start();
    const { host, origin } = new URL(provider.origin);
    const exchange = (target: string): Promise<string> =>
      rawExchange(new URL(origin), `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await exchange(`http://${host}/healthz?x`)).toContain('{"status":"ok"}');
    expect(await exchange(`http://${host}`)).toContain('<title>A provider of BIM services</title>');
    expect(await exchange('http://rebound.example/healthz')).toMatch(/^HTTP\/1.1 421 /);
  });
});

describe('the websocket', () => {
  it('has a line in the log', async () => {
    const events: LoggedEvent[] = [];
    await using provider = await start({ log: (event) => events.push(event) });
    const url = `${provider.origin.replace(/^http/, 'ws')}/stream`;
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.once('message', resolve));
    socket.terminate();
    expect(events).toEqual([expect.objectContaining({ event: 'request', path: '/stream', status: 101 })]);
  });

  it('is refused as a page and elsewhere', async () => {
    await using provider = await start();
    const page = await ask(`${provider.origin}/stream`);
    expect([page.status, page.headers.upgrade]).toEqual([426, 'websocket']);
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
    expect((await ask(`${provider.origin}/stream`, { headers })).status).toBe(400);
    expect((await ask(`${provider.origin}/other`, { headers })).status).toBe(404);
    const foreign = { ...headers, Host: 'rebound.example' };
    expect((await ask(`${provider.origin}/stream`, { headers: foreign })).status).toBe(421);
  });
});
