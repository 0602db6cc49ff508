// Credentials of the environment in front of the store: they win, and what a run has refreshed is not lost within it.
import { expect, test } from 'vitest';
import { createBundleStore } from '../../src/core/credentials/bundle-store.js';
import { REGISTRATION_PREFIX } from '../../src/core/credentials/credential-records.js';
import type { RecordStore } from '../../src/core/ports/credentials.js';

const GIVEN = 'token-given';
const CLIENT = `${REGISTRATION_PREFIX}given`;

/** A store with one record, behind credentials that are read anew each time, as a file is. */
function layered({ canSave }: { canSave: boolean }) {
  const asked: string[] = [];
  const stored = new Map([
    [GIVEN, 'of the store'],
    ['token-own', 'own'],
  ]);
  let file: Record<string, string> = { [GIVEN]: 'of the environment', [CLIENT]: 'client' };
  const lock = (what: string) => async () => {
    asked.push(what);
    return { async [Symbol.asyncDispose]() {} };
  };
  const base: RecordStore = {
    kindOf: async () => 'files',
    read: async (key) => stored.get(key) ?? null,
    write: async (key, text) => void stored.set(key, text),
    remove: async (key) => stored.delete(key),
    keys: async () => [...stored.keys()],
    removeCopies: async () => 0,
    setAside: async () => 'set aside',
    lock: lock('lock of the store'),
    probe: async () => void asked.push('probe of the store'),
  };
  const source = {
    load: async () => [{ service: 'check', records: { ...file } }],
    save: async (bundles: { records: Record<string, string> }[]) => {
      if (canSave) file = { ...bundles[0]?.records };
      return canSave;
    },
    lock: lock('lock of the file'),
  };
  const records = createBundleStore(base, source, () => asked.push('lost'));
  return { records, stored, asked, inFile: () => file };
}

const { signal } = new AbortController();

test('the environment wins, and what it does not have is in the store', async () => {
  const { records } = layered({ canSave: true });
  expect([await records.read(GIVEN), await records.read('token-own'), await records.read('none')]).toEqual([
    'of the environment',
    'own',
    null,
  ]);
  expect([await records.kindOf(GIVEN), await records.kindOf('token-own')]).toEqual(['bundle', 'files']);
});

test('what is written goes back to where it came from', async () => {
  const { records, stored, inFile } = layered({ canSave: true });
  await records.write(GIVEN, 'refreshed');
  await records.write('token-own', 'refreshed');
  expect([inFile()[GIVEN], stored.get(GIVEN), stored.get('token-own')]).toEqual([
    'refreshed',
    'of the store',
    'refreshed',
  ]);
});

test('what cannot be written back counts for this run, and is reported once', async () => {
  const { records, asked } = layered({ canSave: false });
  await records.write(GIVEN, 'refreshed');
  await records.write(CLIENT, 'refreshed');
  expect([await records.read(GIVEN), await records.read(CLIENT)]).toEqual(['refreshed', 'refreshed']);
  expect(asked).toEqual(['lost']);
});

test('a token of the file is locked with the file, its client is not locked again, and others with the store', async () => {
  const { records, asked } = layered({ canSave: true });
  for (const key of [GIVEN, CLIENT, 'token-own']) await records.lock(key, signal);
  expect(asked).toEqual(['lock of the file', 'lock of the store']);
});

test('a store that takes no writes does not stop credentials of the environment', async () => {
  const { records, asked } = layered({ canSave: true });
  await records.probe(GIVEN);
  expect(asked).toEqual([]);
  for (const key of ['token-own', undefined]) await records.probe(key);
  expect(asked).toEqual(['probe of the store', 'probe of the store']);
});
