// The examples of docs/library.md compile against the built package, and run one after the other against a provider of this package.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { duplicateGuids } from '../../src/serve/checks/duplicate-guids.js';
import { SAMPLE_MODEL } from '../../src/serve/checks/sample-model.js';
import { selfConsent } from '../../src/serve/oauth/self-consent.js';
import { type Provider, startProvider } from '../../src/serve/provider.js';
import { cleanEnvironment, spawnProgram } from '../support/cli.js';
import { ProgramFolder } from './programs.js';

const page = await readFile(new URL('../../docs/library.md', import.meta.url), 'utf8');
const LIST = 'https://bim.example.org/services.json';
const blocks = [...page.matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```$/gm)].reduce<{
  title: string;
  all: [string, string][];
}>(
  ({ title, all }, [, heading, text]) =>
    heading === undefined
      ? { title, all: [...all, [`${all.length + 1} ${title}`, text ?? '']] }
      : { title: heading, all },
  { title: '', all: [] },
).all;

let folder: ProgramFolder;
let served: Provider;

beforeAll(async () => {
  folder = await ProgramFolder.create();
  served = await startProvider({ port: 0, host: '127.0.0.1', services: [duplicateGuids] });
  await writeFile(join(folder.path, 'model.ifc'), SAMPLE_MODEL);
  await mkdir(join(folder.path, 'models'));
  await writeFile(join(folder.path, 'models', 'house.ifc'), SAMPLE_MODEL);
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const fileOf = (index: number) => `example-${index + 1}`;

test('every example compiles, also for a bundler', async () => {
  expect(blocks.length).toBeGreaterThan(9);
  const files = Object.fromEntries(
    blocks.map(([, text], index) => [`${fileOf(index)}.ts`, text.replaceAll(LIST, served.repositoryUrl)]),
  );
  expect(await folder.compile(files, 'bundler')).toBe('');
  expect(await folder.compile(files)).toBe('');
  // The compiler sees a mistake.
  const wrong = {
    ...files,
    'wrong.ts': "import { list } from 'bimservice';\nawait list({ repositories: [] });\n",
  };
  expect(await folder.compile(wrong)).toContain('wrong.ts(2,');
});

test.each(blocks.map(([title], index) => [title, index] as const))('%s runs', async (title, index) => {
  const consents: Promise<void>[] = [];
  const ended = await spawnProgram(process.execPath, [join('out-node16', `${fileOf(index)}.js`)], {
    cwd: folder.path,
    env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: '/nowhere' },
    onStdout(text) {
      const url = /^Open this page: (.*)$/m.exec(text)?.[1];
      if (url !== undefined) consents.push(selfConsent().open(url, new AbortController().signal));
    },
  });
  await Promise.all(consents);
  expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout, title).toMatch(EXPECTED[index] ?? /^$/);
});

/** What each example prints, in the order of the page. */
const EXPECTED: readonly RegExp[] = [
  /^duplicate\S* IFC\S.* BCF\S* unregistered\n$/,
  /^registered as Model checks of example\.org\n$/,
  /^waiting\naddress\nOpen this page: http:\S+\nauthorized until /,
  /^\[secret\] true \d+\n$/,
  /sent \d+ of \d+\n[\s\S]*results\/\S+ BCF\S* \S+run\.json\n$/,
  /^done \d{3,}\n$/,
  /^(?=[\s\S]*model\.ifc is done: \S+results\/)(?=[\s\S]*copy\.ifc failed: not-a-model\n)/,
  /^BCF \S+ \d+ topics 0 problems\n(?:\S+ .+\n)+1 gate passed\n\S+\.bcf\n$/,
  /house\.ifc has a new revision\ndone \S+watched\/house\/\S+\n$/,
  /^unregistered\n$/,
];

test('the results are files of their own, and no example leaves a part of one', async () => {
  const names = await readdir(join(folder.path, 'results'));
  expect(names.filter((name) => /\.bcf(?:zip)?$/.test(name))).toHaveLength(2);
  expect(names.filter((name) => name.endsWith('.part'))).toEqual([]);
});
