// A short model is a file only when one is needed.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReceivedModel } from '../../../src/serve/runs/received-model.js';
import { WorkFolders } from '../../../src/serve/runs/work-folders.js';
import { StoreError } from '../../../src/serve/store/port.js';
import { ask, countingService, getToken, start } from './support.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bimservice-received-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const openFolders = () => WorkFolders.open(root, { signalGroup: () => {}, kill: () => {} });

test('its folder and its file are made once, and removed with the run', async () => {
  const folder = (await openFolders()).create('run');
  const model = ReceivedModel.inMemory(Buffer.from('a model'), 'model.ifc', () => folder.path);
  expect([model.bytes, String(model.read()), await readdir(root)]).toEqual([7, 'a model', []]);
  expect(model.file()).toBe(join(root, 'run', 'model.ifc'));
  expect(await readFile(model.file(), 'utf8')).toBe('a model');
  await folder[Symbol.asyncDispose]();
  expect(await readdir(root)).toEqual([]);
});

test('a file that cannot be written is a fault of the store, not of the model', () => {
  const model = ReceivedModel.inMemory(Buffer.from('a model'), 'model.ifc', () => join(root, 'missing'));
  expect(() => model.file()).toThrow(StoreError);
});

test.each([
  ['that reads the model itself leaves no folder', 2000, []],
  ['gets a longer one as a file', 20_000, ['model.ifc']],
])('a service %s', async (_what, length, expected) => {
  const seen: string[] = [];
  const counting = countingService('one');
  const service: typeof counting = {
    ...counting,
    async run(model, context) {
      const result = await counting.run(model, context);
      for (const run of await readdir(root)) seen.push(...(await readdir(join(root, run))));
      return result;
    },
  };
  await using provider = await start({ services: [service], folders: await openFolders() });
  const headers = { Authorization: `Bearer ${await getToken(provider)}` };
  const done = await ask(`${provider.origin}/services/one`, { headers, body: Buffer.alloc(length, 'x') });
  expect(done.text).toContain(`${length} bytes`);
  expect(seen).toEqual(expected);
});
