// Registrations that never got a token: they are limited in number and age, in each store, and no client that is used goes with them.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Clients } from '../../src/serve/oauth/clients.js';
import { Tokens } from '../../src/serve/oauth/tokens.js';
import type { UnusedLimits } from '../../src/serve/oauth/unused-clients.js';
import { createMemoryStore } from '../../src/serve/store/memory.js';
import type { ServerStore } from '../../src/serve/store/port.js';
import * as client from '../unit/serve/support.js';
import { STORES, type StorePlace } from './stores.js';

const DAY_MS = 24 * 3600 * 1000;
const LIMITS: UnusedLimits = { most: 3, ageMs: 30 * DAY_MS, lookEach: 1 };
const random = (bytes: number) => randomBytes(bytes).toString('base64url');

describe.each(STORES)('in the $name store', (kind) => {
  let place: StorePlace;
  let store: ServerStore;
  let now: number;
  let clients: Clients;
  let tokens: Tokens;
  beforeEach(async () => {
    now = Date.UTC(2024, 0, 1);
    place = await kind.place();
    store = await place.open(() => now);
    clients = new Clients(store, () => now, random, LIMITS);
    tokens = new Tokens(store, clients, () => now, random, null);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const add = async (name: string) => {
    now += 1000;
    const wish = { name, redirectUris: [client.CALLBACK], isPublic: true, dialect: 'standard' as const };
    return (await clients.add(wish)).client;
  };
  const names = async () => (await clients.list()).map(({ name }) => name);

  it('the oldest unused registrations go first, and a client with a token stays', async () => {
    const used = await add('used');
    const { token } = await tokens.issue({ client: used, serviceId: 'one', user: null });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await add(name);
    expect(await names()).toEqual(['used', 'c', 'd', 'e']);
    expect(await tokens.find(token)).toMatchObject({ client: { name: 'used' } });
    expect(await store.list('client')).toHaveLength(4);
  });

  it('an unused registration goes when it is too old, and a used one does not', async () => {
    await add('old');
    const used = await add('used');
    await tokens.issue({ client: used, serviceId: 'one', user: null });
    now += 31 * DAY_MS;
    await add('new');
    expect(await names()).toEqual(['used', 'new']);
  });

  it('a client that gets its token while it is to be removed stays', async () => {
    const used = await add('used');
    for (const name of ['a', 'b']) await add(name);
    const list = store.list.bind(store);
    store.list = async (kindOfRecord) => {
      const listed = await list(kindOfRecord);
      store.list = list;
      await tokens.issue({ client: used, serviceId: 'one', user: null });
      return listed;
    };
    await add('c');
    expect(await names()).toEqual(['used', 'a', 'b', 'c']);
  });

  it('a client of a program that did not mark its use stays', async () => {
    const { isUsed: _, ...older } = await add('older');
    await store.remove('client', older.id);
    await store.create('client', older.id, older, null);
    for (const name of ['a', 'b', 'c', 'd']) await add(name);
    expect(await names()).toEqual(['older', 'b', 'c', 'd']);
  });
});

it('a flood of registrations at a server in memory removes no client with a token', async () => {
  const store = createMemoryStore(Date.now);
  await using provider = await client.start({ store });
  const token = await client.getToken(provider);
  const flood = new Clients(store, Date.now, random);
  const wish = {
    name: 'Flood',
    redirectUris: [client.CALLBACK],
    isPublic: true,
    dialect: 'standard' as const,
  };
  for (let n = 0; n < 11_000; n += 1) await flood.add(wish);
  expect((await store.list('client')).length).toBeLessThan(6000);
  const sent = await client.ask(`${provider.origin}/services/one`, {
    headers: { Authorization: `Bearer ${token}` },
    body: 'model',
  });
  expect(sent.status).toBe(200);
});
