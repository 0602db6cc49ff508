// G14: many processes save at once; some are killed, have no space, or may not write (CASES B065, B067, B073, B080).

import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, statfs, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { hostTag } from '../../src/io/files/holder.js';
import { Workspace } from '../support/cli.js';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.js';
import { repeated } from './slow.js';
import { runWriters, type Saved, type Written } from './writers.js';

type Keys = Exclude<Saved, 'configuration'>;
type Trouble = 'plain' | 'kill -9' | 'short write' | 'read-only';

/** A service that needs a token. */
const CLOSED = {
  name: 'Closed',
  inputs: ['IFC_STEP_4'],
  outputs: [],
  resourceUrl: 'http://127.0.0.1:9/x',
  oauth: {
    registerUrl: 'http://127.0.0.1:9/r',
    authorizationUrl: 'http://127.0.0.1:9/a',
    tokenUrl: 'http://127.0.0.1:9/t',
  },
};

const WRITERS = [2, 8, 32];
const KEYS: readonly Keys[] = ['same key', 'other keys'];
const TROUBLES: readonly Trouble[] = ['plain', 'kill -9', 'short write', 'read-only'];
const rows = WRITERS.flatMap((writers) =>
  KEYS.flatMap((keys) => TROUBLES.map((trouble) => ({ writers, keys, trouble }))),
);

interface Row {
  writers: number;
  keys: Keys;
}

test('G14 has the 24 rows of the matrix', () => {
  expect(rows).toHaveLength(24);
});

describe.each(rows)('G14 $writers writers, $keys, $trouble', ({ trouble, ...row }) => {
  switch (trouble) {
    case 'plain':
      return test('every save is kept', () => plain(row), 120_000);
    case 'kill -9':
      return test('every acknowledged save is kept, and no lock', () => killed(row), 120_000);
    case 'short write':
      return test.skipIf(noSmallDisk !== null)(
        `exit 7, existing files are unchanged, nothing is left behind${noSmallDisk ? ` (${noSmallDisk})` : ''}`,
        () => full(row),
      );
    case 'read-only':
      return test.skipIf(noSmallDisk !== null)(
        `exit 7, existing files can be read${noSmallDisk ? ` (${noSmallDisk})` : ''}`,
        () => readOnly(row),
      );
  }
});

test.each([
  { writers: 8, perProcess: 1, times: repeated(10, 20) },
  { writers: 32, perProcess: repeated(4, 1), times: repeated(2, 20) },
])(
  'B065: $writers processes add $times repositories each to config.json, and all are kept',
  async ({ writers, perProcess, times }) => {
    await using home = await temporary();
    const { saved, failed } = await runWriters({
      what: 'configuration',
      folder: home.folder,
      writers,
      perProcess,
      times,
    });
    expect(failed).toEqual([]);
    expect(saved).toHaveLength(writers * times);
    const config = JSON.parse(await readFile(join(home.folder, 'config.json'), 'utf8'));
    const kept = config.repositories.map(({ alias }: { alias: string }) => alias);
    expect(kept.sort()).toEqual(saved.sort());
    expect(await readdir(home.folder)).toEqual(['config.json']);
  },
);

test.each(Array.from({ length: repeated(1, 5) }, (_, round) => round + 1))(
  'B065: writers of config.json killed with -9 lose nothing that was acknowledged (round %i)',
  async () => {
    await using home = await temporary();
    const writing = { what: 'configuration', folder: home.folder, times: 5 } as const;
    const { saved } = await runWriters({ ...writing, writers: 8, killed: 4 });
    const next = await runWriters({ ...writing, writers: 1, times: 1 });
    expect(next.exits).toEqual([0]);
    const config = JSON.parse(await readFile(join(home.folder, 'config.json'), 'utf8'));
    const kept = config.repositories.map(({ alias }: { alias: string }) => alias);
    expect(kept).toEqual(expect.arrayContaining(saved));
    expect((await readdir(home.folder)).filter((name) => !/\.draft(\.tmp-\w+)?$/.test(name))).toEqual([
      'config.json',
    ]);
  },
);

test.skipIf(noSmallDisk !== null).each([0, 4096])(
  `B067: config.json on a disk with %i bytes free is never incomplete for any reader${noSmallDisk ? ` (${noSmallDisk})` : ''}`,
  async (free) => {
    await using disk = await mountSmallDisk(512);
    // About 10 kB: more than the last page holds.
    const writing = { what: 'configuration', folder: disk.folder } as const;
    await runWriters({ ...writing, writers: 1, times: 150 });
    await leaveFree(disk.folder, free);
    const path = join(disk.folder, 'config.json');
    const before = await readFile(path, 'utf8');
    const seen = new Set<string>();
    const watching = setInterval(() => seen.add(readFileSync(path, 'utf8')), 1);
    const { saved, failed } = await runWriters({ ...writing, writers: 2, times: 5 });
    clearInterval(watching);
    expect({ saved, failed: new Set(failed) }).toEqual({
      saved: [],
      failed: new Set(['store-not-writable ENOSPC']),
    });
    expect([...seen]).toEqual([before]);
    expect((await readdir(disk.folder)).sort()).toEqual(['config.json', 'filler']);
  },
);

test.skipIf(noSmallDisk !== null)(
  `a lock on a disk without a free byte is exit 7 at once, and is not left there${noSmallDisk ? ` (${noSmallDisk})` : ''}`,
  async () => {
    await using disk = await mountSmallDisk(256);
    await runWriters({ what: 'same key', folder: disk.folder, writers: 1, times: 1 });
    await leaveFree(disk.folder, 0);
    const before = await snapshot(disk.folder);
    const written = await runWriters({ what: 'same key', folder: disk.folder, writers: 4, times: 2 });
    expect(new Set(written.failed)).toEqual(new Set(['store-not-writable ENOSPC']));
    expect(await snapshot(disk.folder)).toEqual(before);
  },
);

test('a draft of a killed writer is removed by the next save; one of another machine is left for an hour', async () => {
  await using home = await temporary();
  const store = join(home.folder, 'credentials');
  await mkdir(store, { mode: 0o700 });
  const dead = `.bimservice-${hostTag()}-999999999-0123456789abcdef.draft`;
  const [old, fresh] = [1, 2].map((pid) => `.bimservice-00000000-${pid}-0123456789abcdef.draft`);
  for (const name of [dead, old, fresh]) await writeFile(join(store, name ?? ''), 'half');
  const hourAgo = Date.now() / 1000 - 3700;
  await utimes(join(store, old ?? ''), hourAgo, hourAgo);
  await runWriters({ what: 'other keys', folder: home.folder, writers: 1, times: 1 });
  expect((await readdir(store)).filter((name) => name.endsWith('.draft'))).toEqual([fresh]);
});

test.each([['list'], ['status'], ['token', 'closed'], ['logout', 'closed']])(
  '%s %s removes drafts of killed runs from all folders of the store',
  async (...argv) => {
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([CLOSED]));
    const name = `.bimservice-${hostTag()}-999999999-0123456789abcdef.draft`;
    const folders = ['.', 'credentials', 'cache'].map((folder) => join(workspace.configDir, folder));
    for (const folder of folders) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(join(folder, name), 'a-secret');
    }
    await workspace.spawn([...argv, '-r', 'list.json']);
    for (const folder of folders) expect(await readdir(folder)).not.toContain(name);
  },
);

async function plain({ writers, keys }: Row): Promise<void> {
  await using home = await temporary();
  const times = timesOf(writers);
  const perProcess = perProcessOf(writers, repeated(8, 16));
  const written = await runWriters({ what: keys, folder: home.folder, writers, perProcess, times });
  expect(written.failed).toEqual([]);
  expect(written.exits).toEqual(Array(writers / perProcess).fill(0));
  const { records, others } = await contents(home.folder);
  expect(others).toEqual([]);
  expectKept(keys, written, records, 0);
  expect(written.saved).toHaveLength(writers * times);
}

async function killed({ writers, keys }: Row): Promise<void> {
  for (let round = 0; round < repeated(1, 5); round += 1) {
    await using home = await temporary();
    const times = timesOf(writers);
    const perProcess = perProcessOf(writers, repeated(8, 16));
    const killed = writers / perProcess / 2;
    const writing = { what: keys, folder: home.folder, writers, perProcess, times };
    const written = await runWriters({ ...writing, killed });
    expect(written.failed).toEqual([]);
    expect(written.exits.slice(killed)).toEqual(Array(killed).fill(0));
    // A process that was killed during a takeover leaves a marker that counts for a second.
    const names = await readdir(join(home.folder, 'credentials'));
    if (names.some((name) => name.endsWith('.takeover'))) await sleep(1100);
    // The next process finds no lock and no partial file.
    const next = await runWriters({ what: keys, folder: home.folder, writers: 1, times: 1 });
    expect(next.exits).toEqual([0]);
    const { records, others } = await contents(home.folder);
    expect(others.filter((name) => !/^\.bimservice-[0-9a-f]{8}-\d+-[0-9a-f]{16}\.draft$/.test(name))).toEqual(
      [],
    );
    const all = keys === 'same key' ? [...written.saved, ...next.saved] : written.saved;
    expectKept(keys, { ...written, saved: all }, records, writers / 2);
  }
}

/** Fewer saves for each of many: they wait for each other. */
const timesOf = (writers: number) => repeated(writers === 32 ? 4 : writers === 8 ? 10 : 20, 20);

/** Many writers share a process, because its start takes longer than its saves; they wait for each other like any others. */
const perProcessOf = (writers: number, most: number) => Math.max(1, writers / most);

/** 4096 bytes are free, and each save needs more: B067. */
async function full({ writers, keys }: Row): Promise<void> {
  await using disk = await mountSmallDisk(256);
  await runWriters({ what: keys, folder: disk.folder, writers: 1, times: 2, bytes: 6000 });
  await leaveFree(disk.folder, 4096);
  const before = await snapshot(disk.folder);
  const perProcess = perProcessOf(writers, repeated(4, 8));
  const written = await runWriters({
    ...{ what: keys, folder: disk.folder, writers, perProcess, times: 2, bytes: 6000 },
  });
  expect(written.saved).toEqual([]);
  expect(written.failed).toEqual(Array(2 * writers).fill('store-not-writable ENOSPC'));
  expect(written.exits).toEqual(Array(writers / perProcess).fill(7));
  expect(await snapshot(disk.folder)).toEqual(before);
}

async function readOnly({ writers, keys }: Row): Promise<void> {
  await using disk = await mountSmallDisk(256);
  await runWriters({ what: keys, folder: disk.folder, writers: 1, times: 2 });
  disk.makeReadOnly();
  const before = await snapshot(disk.folder);
  const perProcess = perProcessOf(writers, repeated(4, 8));
  const written = await runWriters({ what: keys, folder: disk.folder, writers, perProcess, times: 2 });
  expect(written.saved).toEqual([]);
  expect(written.failed).toEqual(Array(2 * writers).fill('store-not-writable EROFS'));
  expect(written.exits).toEqual(Array(writers / perProcess).fill(7));
  expect(await snapshot(disk.folder)).toEqual(before);
}

/** `unheard` writers may have saved once more than they acknowledged. */
function expectKept(keys: Keys, { saved }: Written, records: TokenRecord[], unheard: number): void {
  if (keys === 'same key') {
    expect(records).toHaveLength(1);
    expect(new Set(saved).size).toBe(saved.length);
    const count = records[0]?.obtainedAt ?? 0;
    expect(count).toBeGreaterThanOrEqual(saved.length);
    expect(count).toBeLessThanOrEqual(saved.length + unheard);
    return;
  }
  const kept = new Set(records.map(({ service }) => service.name));
  expect(saved.filter((name) => !kept.has(name))).toEqual([]);
  expect(kept.size).toBeLessThanOrEqual(saved.length + unheard);
}

interface TokenRecord {
  service: { name: string };
  accessToken: string;
  obtainedAt: number;
}

/** The records in a store, each of which parses, and the names of all other files. */
async function contents(folder: string): Promise<{ records: TokenRecord[]; others: string[] }> {
  const store = join(folder, 'credentials');
  const names = await readdir(store);
  const isRecord = (name: string) => /^token-[0-9a-f]{32}\.json$/.test(name);
  const texts = names.filter(isRecord).map((name) => readFile(join(store, name), 'utf8'));
  const records = (await Promise.all(texts)).map((text): TokenRecord => JSON.parse(text));
  for (const { accessToken } of records) expect(accessToken).toHaveLength(200);
  return { records, others: names.filter((name) => !isRecord(name)) };
}

/** Fills a disk until `bytes` (a multiple of 4096) are free. */
async function leaveFree(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  await writeFile(join(folder, 'filler'), new Uint8Array(bavail * bsize - bytes));
}

/** Every file of a folder tree with its bytes. */
async function snapshot(folder: string): Promise<Array<[string, string]>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== 'filler')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    files.map(async (path): Promise<[string, string]> => [path, await readFile(path, 'latin1')]),
  );
}

async function temporary(): Promise<AsyncDisposable & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-writers-'));
  return {
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
