// Clients that say nothing, or do not read, in every state of a connection: each other client is served meanwhile.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Clients } from '../../../src/serve/oauth/clients.js';
import { Tokens } from '../../../src/serve/oauth/tokens.js';
import type { Provider, ProviderOptions } from '../../../src/serve/provider.js';
import { WorkFolders } from '../../../src/serve/runs/work-folders.js';
import type { ServedService } from '../../../src/serve/service/served-service.js';
import { createMemoryStore } from '../../../src/serve/store/memory.js';
import { ask, countingService, getToken, start } from './support.js';

/** More than first pieces of bodies, and more than turns, that the server allows at the same time. */
const SILENT = 40;
const MODEL = Buffer.alloc(1_000_000, 'model ');
const LARGE_RESULT = Buffer.alloc(8 << 20, 'result ');

/** Counts the bytes of a model; one of a single byte and one of 20,000 have a large result. */
const counting = countingService('one');
const service: ServedService = {
  ...counting,
  concurrency: 4,
  async run(model, context) {
    const result = await counting.run(model, context);
    return /^(1|20000) bytes/.test(result.body.toString()) ? { ...result, body: LARGE_RESULT } : result;
  },
};

/** A store, and how often a token was looked up in it. */
function watchedStore() {
  const store = createMemoryStore(Date.now);
  let looks = 0;
  const get = store.get.bind(store);
  store.get = (kind, key) => {
    if (kind === 'token') looks += 1;
    return get(kind, key);
  };
  return { store, looks: () => looks };
}

describe('others are served while forty clients', () => {
  let root: string;
  let provider: Provider;
  let token: string;
  let runs: number;
  let failures: number;
  const sockets: Socket[] = [];

  const begin = async (options: Partial<ProviderOptions> = {}): Promise<void> => {
    runs = 0;
    failures = 0;
    provider = await start({
      services: [service],
      folders: await WorkFolders.open(root, { signalGroup: () => {}, kill: () => {} }),
      log: ({ event }) => {
        if (event === 'run') runs += 1;
        if (event === 'run-failed') failures += 1;
      },
      ...options,
    });
    token = await getToken(provider);
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'bimservice-silent-'));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await provider[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  /** A connection on which only `text` is sent. */
  async function silent(...text: Array<string | Buffer>): Promise<Socket> {
    const socket = connect(Number(new URL(provider.origin).port), '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    for (const part of text) socket.write(part);
    return socket;
  }

  async function forty(...text: Array<string | Buffer>): Promise<void> {
    for (let n = 0; n < SILENT; n += 1) await silent(...text);
  }

  const head = (path: string, length: number, ...more: string[]): string =>
    [
      `POST ${path} HTTP/1.1`,
      `Host: ${new URL(provider.origin).host}`,
      `Authorization: Bearer ${token}`,
      `Content-Length: ${length}`,
      ...more.filter((field) => field !== ''),
      '\r\n',
    ].join('\r\n');

  const bodiesBegun = async (): Promise<number> => (await readdir(root)).length;

  const send = (bearer: string) =>
    ask(`${provider.origin}/services/one`, { headers: { Authorization: `Bearer ${bearer}` }, body: MODEL });

  async function expectOthersServed(): Promise<void> {
    const health = await ask(`${provider.origin}/healthz`);
    expect(health.status).toBe(200);
    const done = await send(token);
    expect(done.text).toContain(`${MODEL.byteLength} bytes`);
    expect(sockets.filter((socket) => socket.closed)).toEqual([]);
  }

  it.each([
    ['say nothing at all', () => ''],
    ['send half of a head', () => 'POST /services/one HTTP/1.1\r\nHost: '],
    ['send half of a small body', () => `${head('/oauth/access', 200)}grant_type=`],
    ['send half of a small body to a service that they may not use', () => `${head('/services/none', 9)}x`],
  ])('%s', async (_, text) => {
    await begin();
    await forty(text());
    await expectOthersServed();
  });

  it.each([
    ['send the head of a model and a few bytes', 'model'],
    ['send a third of a model', MODEL.subarray(0, 300_000)],
  ])('%s', async (_, body) => {
    await begin();
    await forty(head('/services/one', MODEL.byteLength), body);
    await expect.poll(bodiesBegun).toBeGreaterThanOrEqual(32);
    await expectOthersServed();
    await expect.poll(bodiesBegun).toBe(SILENT);
  });

  it.each([
    ['send the head of a model, and take no place of the queue', ''],
    ['wait for 100 Continue, and take no place of the queue', 'Expect: 100-continue'],
  ])('%s', async (_, field) => {
    const { store, looks } = watchedStore();
    await begin({ store, queueLimit: 4 });
    await forty(head('/services/one', MODEL.byteLength, field));
    await expect.poll(looks).toBe(SILENT);
    await expectOthersServed();
    await expect.poll(bodiesBegun).toBe(0);
    const [first] = sockets;
    first?.write(MODEL);
    await expect.poll(() => runs).toBe(2);
  });

  it('send a third of a model with one token, which take half of the queue; the others of that token wait', async () => {
    const { store, looks } = watchedStore();
    await begin({ store, queueLimit: 4 });
    const part = () => silent(head('/services/one', MODEL.byteLength), MODEL.subarray(0, 300_000));
    const arriving = [await part(), await part()];
    await expect.poll(bodiesBegun).toBe(2);
    const waiting = [await part(), await part()];
    await expect.poll(looks).toBe(4);
    const refused = await send(token);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30']);
    expect((await send(await getToken(provider))).status).toBe(200);
    await expect.poll(bodiesBegun).toBe(2);
    for (const socket of arriving) socket.destroy();
    for (const socket of waiting) socket.write(MODEL.subarray(300_000));
    await expect.poll(() => runs).toBe(3);
    expect((await send(token)).status).toBe(200);
  });

  it('send whole models with one token, as many as the queue has places, and all of these are served', async () => {
    await begin({ queueLimit: SILENT });
    const sent = await Promise.all(Array.from({ length: SILENT }, () => send(token)));
    expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 200));
  });

  it('send a third of a model with two tokens of one person, who has one share', async () => {
    const { store, looks } = watchedStore();
    await begin({ store, queueLimit: 2 });
    const random = (bytes: number) => randomBytes(bytes).toString('base64url');
    const clients = new Clients(store, Date.now, random);
    const tokens = new Tokens(store, clients, Date.now, random, null);
    const wish = { name: 'A', redirectUris: [], isPublic: true, dialect: 'standard' as const };
    const { client } = await clients.add(wish);
    await store.create('user', 'anna', {}, null);
    const other = token;
    for (let n = 1; n <= 2; n += 1) {
      token = (await tokens.issue({ client, serviceId: 'one', user: 'anna' })).token;
      await silent(head('/services/one', MODEL.byteLength), MODEL.subarray(0, 300_000));
      await expect.poll(looks).toBe(n);
    }
    expect((await send(other)).status).toBe(200);
    await expect.poll(bodiesBegun).toBe(1);
  });

  it('go away, also those that wait for another one of their token', async () => {
    const { store, looks } = watchedStore();
    await begin({ store, queueLimit: 2 });
    const part = () => silent(head('/services/one', MODEL.byteLength), MODEL.subarray(0, 300_000));
    const arriving = await part();
    await expect.poll(bodiesBegun).toBe(1);
    const waiting = await part();
    await expect.poll(looks).toBe(2);
    waiting.destroy();
    arriving.destroy();
    await expect.poll(() => failures).toBe(2);
    expect((await send(token)).status).toBe(200);
  });

  it('wait for a database that does not respond', async () => {
    const store = createMemoryStore(Date.now);
    let waiting = 0;
    let isHeld = false;
    let letGo: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const get = store.get.bind(store);
    store.get = async (kind, key) => {
      if (isHeld) {
        waiting += 1;
        await held;
      }
      return await get(kind, key);
    };
    await begin({ store });
    isHeld = true;
    await forty(head('/services/one', MODEL.byteLength), MODEL.subarray(0, 100_000));
    await expect.poll(() => waiting).toBeGreaterThanOrEqual(32);
    expect((await ask(`${provider.origin}/healthz`)).status).toBe(200);
    isHeld = false;
    letGo();
    await expectOthersServed();
  });

  it('open the websocket and say nothing', async () => {
    await begin();
    const welcomed = Array.from({ length: SILENT }, async () => {
      const socket = await silent(
        `GET /stream HTTP/1.1\r\nHost: ${new URL(provider.origin).host}\r\nConnection: Upgrade\r\n`,
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2lsZW50IHNpbGVudCAhIQ==\r\n\r\n',
      );
      const [said] = (await once(socket, 'data')) as [Buffer];
      return said.toString('latin1');
    });
    expect((await Promise.all(welcomed))[SILENT - 1]).toMatch(/^HTTP\/1\.1 101 /);
    await expectOthersServed();
  });

  it('do not read their results', async () => {
    await begin();
    // A model that does not stay in memory.
    await forty(head('/services/one', 20_000), MODEL.subarray(0, 20_000));
    await expect.poll(() => runs).toBe(SILENT);
    await expectOthersServed();
    // Each result is still with its client and in the folder of its run.
    expect(await bodiesBegun()).toBeGreaterThanOrEqual(SILENT);
  });

  it('do not read the stream that their results take', async () => {
    await begin();
    const stream = new WebSocket(`${provider.origin.replace('http', 'ws')}/stream`);
    await once(stream, 'message');
    stream.send(JSON.stringify({ token }));
    await once(stream, 'message');
    stream.pause();
    for (let n = 0; n < SILENT; n += 1) await silent(`${head('/services/one', 1, 'Accept-Flow: ASYNC_WS')}x`);
    await expect.poll(() => runs).toBe(SILENT);
    await expectOthersServed();
    stream.terminate();
  });
});
