// The rules for every store of a provider: one suite that runs against each adapter.
import { isBuiltin } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerStore } from '../../src/serve/store/port.js';
import { loadDriver } from '../../src/serve/store/sqlite-driver.js';
import { STORES, type StorePlace } from './stores.js';

describe.each(STORES)('the $name store', (kind) => {
  let place: StorePlace;
  let store: ServerStore;
  let now: number;
  beforeEach(async () => {
    now = Date.UTC(2024, 0, 1);
    place = await kind.place();
    store = await place.open(() => now);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  it('returns what was written, and nothing for a key of another kind', async () => {
    const value = { name: 'Prüfer "1"', list: [1, null, { deep: true }] };
    expect(await store.create('client', 'a', value, null)).toBe(true);
    expect(await store.get('client', 'a')).toMatchObject({ key: 'a', value, expiresAt: null });
    expect(await store.get('token', 'a')).toBeUndefined();
    expect(await store.get('client', 'b')).toBeUndefined();
  });

  it('keeps its own copy of a value', async () => {
    const value = { names: ['a'] };
    await store.create('client', 'a', value, null);
    value.names.push('b');
    expect((await store.get('client', 'a'))?.value).toEqual({ names: ['a'] });
  });

  it('creates a key once', async () => {
    expect(await store.create('code', 'a', 1, now + 1000)).toBe(true);
    expect(await store.create('code', 'a', 2, now + 1000)).toBe(false);
    expect((await store.get('code', 'a'))?.value).toBe(1);
  });

  it('of eight creations at the same time lets one succeed', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, (_, n) => store.create('user', 'x', n, null)));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  it('replaces a revision once, and keeps the expiry', async () => {
    await store.create('code', 'a', 'new', now + 1000);
    const { revision = 0 } = (await store.get('code', 'a')) ?? {};
    const tries = await Promise.all(
      Array.from({ length: 8 }, (_, n) => store.replace('code', 'a', `used ${n}`, revision)),
    );
    expect(tries.filter(Boolean)).toHaveLength(1);
    const replaced = await store.get('code', 'a');
    expect(replaced?.value).toBe(`used ${tries.indexOf(true)}`);
    expect(replaced?.revision).not.toBe(revision);
    expect(replaced?.expiresAt).toBe(now + 1000);
    expect(await store.replace('code', 'none', 1, revision)).toBe(false);
  });

  it('does not replace a record that was removed and created again', async () => {
    await store.create('client', 'a', 1, null);
    const { revision = 0 } = (await store.get('client', 'a')) ?? {};
    await store.remove('client', 'a');
    await store.create('client', 'a', 2, null);
    expect(await store.replace('client', 'a', 3, revision)).toBe(false);
    expect((await store.get('client', 'a'))?.value).toBe(2);
  });

  it('removes a record for one caller', async () => {
    await store.create('consent', 'a', 1, now + 1000);
    const removed = await Promise.all(Array.from({ length: 8 }, () => store.remove('consent', 'a')));
    expect(removed.filter(Boolean)).toHaveLength(1);
    expect(await store.get('consent', 'a')).toBeUndefined();
  });

  it('forgets a record at its time, to the ms, in every method', async () => {
    await store.create('token', 'a', 1, now + 1000);
    await store.create('token', 'b', 1, null);
    const { revision = 0 } = (await store.get('token', 'a')) ?? {};
    now += 999;
    expect((await store.get('token', 'a'))?.value).toBe(1);
    now += 1;
    expect(await store.get('token', 'a')).toBeUndefined();
    expect(await store.replace('token', 'a', 2, revision)).toBe(false);
    expect((await store.list('token')).map(({ key }) => key)).toEqual(['b']);
    expect(await store.create('token', 'a', 3, now + 1000)).toBe(true);
    expect((await store.get('token', 'a'))?.value).toBe(3);
    now += 1000;
    expect(await store.remove('token', 'a')).toBe(false);
  });

  it('lists a kind', async () => {
    for (const key of ['c', 'a', 'b']) await store.create('user', key, key, null);
    await store.create('client', 'd', 'd', null);
    expect((await store.list('user')).map(({ key, value }) => [key, value]).sort()).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ]);
  });

  it.runIf(kind.shared)('shows two openers one state, and lets one of them win', async () => {
    const other = await place.open(() => now);
    await store.create('code', 'a', 'new', now + 1000);
    const seen = await other.get('code', 'a');
    const revision = seen?.revision ?? 0;
    const both = await Promise.all([
      store.replace('code', 'a', 'mine', revision),
      other.replace('code', 'a', 'yours', revision),
    ]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await other.remove('code', 'a')).toBe(true);
    expect(await store.get('code', 'a')).toBeUndefined();
    await other[Symbol.asyncDispose]();
  });

  it.runIf(kind.shared)('has everything after it was closed and opened', async () => {
    await store.create('client', 'a', { name: 'A' }, null);
    await store[Symbol.asyncDispose]();
    store = await place.open(() => now);
    expect((await store.get('client', 'a'))?.value).toEqual({ name: 'A' });
  });
});

/** Node 22.13 and newer; a CI job runs the suite above with it. */
const hasOwnSqlite = isBuiltin('node:sqlite');

it.runIf(hasOwnSqlite)('uses the SQLite of this Node where it has one', async () => {
  expect((await loadDriver()).name).toBe('node:sqlite');
});
