// Damaged credentials are set aside before they are replaced, and a token that could not be stored counts for its run.
import { expect, test } from 'vitest';
import { tokenKey } from '../../src/core/credentials/credential-records.js';
import { createCredentialStore } from '../../src/core/credentials/credential-store.js';
import type { AccessToken, RecordStore } from '../../src/core/ports/credentials.js';
import { BimServiceError } from '../../src/errors.js';
import { Secret } from '../../src/secret.js';
import { NOW, serviceAt } from './workbench.js';

const SERVICE = serviceAt('https://bim.example');
const TOKEN: AccessToken = {
  accessToken: new Secret('access-1'),
  refreshToken: null,
  expiresAt: null,
  obtainedAt: NOW,
  resourceUrl: null,
};

/** A store over records in memory. `texts`: the records; `warnings`: what the store warned of. */
function opened() {
  const texts = new Map<string, string>();
  const warnings: string[] = [];
  let isFull = false;
  const records: RecordStore = {
    kindOf: async () => 'files',
    read: async (key) => texts.get(key) ?? null,
    write: async (key, text) => {
      if (isFull) throw new BimServiceError('store-not-writable', 'the disk is full');
      texts.set(key, text);
    },
    remove: async (key) => texts.delete(key),
    keys: async () => [...texts.keys()],
    removeCopies: async () => 0,
    setAside: async (key) => `a copy of ${key} was made`,
    lock: async () => ({ async [Symbol.asyncDispose]() {} }),
    probe: async () => {},
  };
  const fill = () => {
    isFull = true;
  };
  const rescued: Record<string, string>[] = [];
  const store = createCredentialStore(
    records,
    (line) => warnings.push(line),
    async (_, kept) => {
      rescued.push(kept);
      return '/rescued';
    },
  );
  return { store, texts, warnings, rescued, fill };
}

const aside = [`a copy of ${tokenKey(SERVICE)} was made`];

test.each(['{', '{"version":1,"kind":"registration","accessToken":"a"}', '{"version":1,"kind":"token"}'])(
  'a damaged token %s is set aside before a refresh and before it is replaced',
  async (text) => {
    const { store, texts, warnings } = opened();
    texts.set(tokenKey(SERVICE), text);
    await store.probe(SERVICE);
    expect(warnings).toEqual(aside);
    await store.writeToken(SERVICE, TOKEN);
    expect(warnings).toEqual([...aside, ...aside]);
    expect((await store.readToken(SERVICE))?.accessToken.reveal()).toBe('access-1');
  },
);

test('a token that could not be stored is read by this run, until another is stored', async () => {
  const { store, rescued, fill, texts } = opened();
  await store.writeToken(SERVICE, TOKEN);
  fill();
  const spent = { ...TOKEN, accessToken: new Secret('access-2') };
  await expect(store.writeToken(SERVICE, spent)).rejects.toMatchObject({ code: 'store-not-writable' });
  expect(await store.rescueToken(SERVICE, spent)).toBe('/rescued');
  expect((await store.readToken(SERVICE))?.accessToken.reveal()).toBe('access-2');
  expect(rescued[0]?.[tokenKey(SERVICE)]).toContain('access-2');
  expect(texts.get(tokenKey(SERVICE))).toContain('access-1');
});
