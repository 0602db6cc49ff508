// Credentials in the keyring of the operating system: pieces, incomplete records, and a real Secret Service.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createKeyringStore } from '../../src/io/store/keyring.js';
import { Workspace } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { inSession, noSecretService, requiresSecretService } from '../support/secret-service.js';

describe('records in pieces', () => {
  const entries = new Map<string, string>();
  /** How many writes succeed before the next failure; Infinity: all. */
  let writesLeft = Number.POSITIVE_INFINITY;
  const store = createKeyringStore(
    async (account) => ({
      async setPassword(password) {
        writesLeft -= 1;
        if (writesLeft < 0) throw new Error('the keyring went away');
        expect(Buffer.from(password, 'utf16le').length, 'an entry for Windows').toBeLessThanOrEqual(2560);
        entries.set(account, password);
      },
      getPassword: async () => entries.get(account) ?? null,
      deletePassword: async () => entries.delete(account),
    }),
    async () => [...entries.keys(), 'probe-0123'],
    async () => ({ [Symbol.asyncDispose]: async () => {} }),
  );
  beforeEach(() => {
    entries.clear();
    writesLeft = Number.POSITIVE_INFINITY;
  });

  test.each([1, 600, 601, 20_000])('a record of %i characters is read back unchanged', async (length) => {
    const text = 'ä😀x'.repeat(length).slice(0, length).toWellFormed();
    await store.write('key', text);
    expect(await store.read('key')).toBe(text);
    expect(await store.remove('key')).toBe(true);
    expect(entries.size).toBe(0);
  });

  test('a shorter record leaves nothing of the longer one behind', async () => {
    await store.write('key', 'a'.repeat(5000));
    await store.write('key', 'b');
    expect(await store.read('key')).toBe('b');
    await store.remove('key');
    expect(entries.size).toBe(0);
  });

  test.each([0, 1, 2, 3])(
    'a write that fails after %i entries leaves the old record complete',
    async (entriesWritten) => {
      await store.write('key', 'old'.repeat(500));
      writesLeft = entriesWritten;
      await expect(store.write('key', 'new'.repeat(500))).rejects.toMatchObject({
        code: 'store-not-writable',
        message: expect.stringContaining('the keyring went away'),
      });
      expect(await store.read('key')).toBe('old'.repeat(500));
    },
  );

  test('the keys are those of all records, also of one that has only pieces', async () => {
    const [whole, half] = [`token-${'0'.repeat(32)}`, `registration-${'f'.repeat(32)}`];
    await store.write(whole, 'x'.repeat(2000));
    writesLeft = 1;
    await expect(store.write(half, 'y'.repeat(2000))).rejects.toThrow('went away');
    expect(await store.keys()).toEqual([half, whole]);
    for (const key of await store.keys()) await store.remove(key);
    expect(entries.size).toBe(0);
  });

  test('a missing record is null, and removing it reports that', async () => {
    expect(await store.read('none')).toBeNull();
    expect(await store.remove('none')).toBe(false);
  });
});

const skipped = noSecretService !== null && !requiresSecretService;
if (skipped) console.warn(`skipped: the keyring tests (${noSecretService})`);

describe.skipIf(skipped)('a real Secret Service', () => {
  test('the whole program stores, shows and deletes its credentials there, also 20 KB ones', async () => {
    if (noSecretService !== null) throw new Error(noSecretService);
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const long = 't'.repeat(20_000);
    const script = `
      set -e
      $BIM config set store keyring
      printf %s "$LONG" | $BIM token clash --set -
      $BIM status --json
      $BIM token clash
      grep -rlF "$LONG" "$BIMSERVICE_CONFIG_DIR" || echo "no file has it"
      $BIM logout clash
      $BIM token clash || echo "gone $?"
      printf %s "$LONG" | $BIM token clash --set -
      $BIM logout --all -r /nowhere.json --json
      $BIM token clash || echo "gone $?"`;
    const env = {
      BIMSERVICE_CONFIG_DIR: workspace.configDir,
      BIMSERVICE_REPOSITORY: service.listUrl,
      LONG: long,
    };
    const { code, stdout, stderr } = await inSession(script, env);
    const [status = '{}', token, files, gone, all = '{}', goneAgain] = stdout.trim().split('\n');
    expect(stderr).toContain('New credentials go to the keyring');
    expect(JSON.parse(status)).toMatchObject({
      services: [{ status: 'authorized', token: { source: 'keyring' } }],
    });
    expect({ token, gone, code }).toEqual({ token: long, gone: 'gone 4', code: 0 });
    expect(JSON.parse(all)).toMatchObject({ tokens: [{ store: 'keyring', removed: true }], errors: [] });
    expect({ files, goneAgain }).toEqual({ files: 'no file has it', goneAgain: 'gone 4' });
  });
});

test('without a keyring, selecting it ends with 7, before any browser and without a file of secrets', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/at/all', XDG_RUNTIME_DIR: workspace.folder };
  const chosen = await workspace.spawn(['config', 'set', 'store', 'keyring'], { env });
  expect(chosen.code).toBe(7);
  expect(chosen.stderr).toContain('the keyring cannot be used');
  expect((await workspace.run(['config', 'get', 'store'])).stdout).toBe('files\n');
  // The keyring was there when it was selected, and is missing now.
  await mkdir(workspace.configDir, { recursive: true });
  await writeFile(join(workspace.configDir, 'config.json'), '{"version":1,"store":"keyring"}');
  const { code, stderr } = await workspace.spawn(
    ['authorize', 'clash', '--browser', 'false', '-r', service.listUrl],
    { env },
  );
  expect(code).toBe(7);
  expect(stderr).toContain('bimservice config set store files');
  expect(stderr).not.toContain('Open this address');
  expect(await readdir(join(workspace.configDir, 'credentials')).catch(() => [])).toEqual([]);
});
