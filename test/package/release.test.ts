// What a release has beside the programs: their sums, a Homebrew formula and a Scoop manifest, for the files that are there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, cleanEnvironment, spawnProgram } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENDINGS = [
  'linux-x64.tar.gz',
  'linux-arm64.tar.gz',
  'darwin-arm64.tar.gz',
  'darwin-x64.tar.gz',
  'win-x64.zip',
];

let folder: string;
let version: string;
let homepage: string;
let made: CliResult;
/** The SHA-256 of each archive by its ending. */
const sums: Record<string, string> = {};

const read = (name: string) => readFile(join(folder, name), 'utf8');
const nameOf = (ending: string) => `bimservice-${version}-${ending}`;
const addressOf = (ending: string) => `${homepage}/releases/download/v${version}/${nameOf(ending)}`;
const release = () =>
  spawnProgram(process.execPath, [join(ROOT, 'build/release.mjs'), folder], {
    cwd: folder,
    env: cleanEnvironment(),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-release-'));
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  version = manifest.version;
  homepage = manifest.homepage.replace('#readme', '');
  for (const ending of ENDINGS) {
    await writeFile(join(folder, nameOf(ending)), `the archive for ${ending}`);
    sums[ending] = createHash('sha256').update(`the archive for ${ending}`).digest('hex');
  }
  made = await release();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('SHA256SUMS is what sha256sum reads', async () => {
  expect(made).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await read('SHA256SUMS')).toBe(
    ENDINGS.map((ending) => `${sums[ending]}  ${nameOf(ending)}\n`).join(''),
  );
});

test('the Homebrew formula has each archive of macOS and Linux with its sum', async () => {
  const formula = await read('bimservice.rb');
  const sources = [...formula.matchAll(/on_(\w+) do\n {6}url "(.*)"\n {6}sha256 "(.*)"/g)];
  expect(sources.map(([, processor, url, sum]) => [processor, url, sum])).toEqual(
    (
      [
        ['arm', 'darwin-arm64.tar.gz'],
        ['intel', 'darwin-x64.tar.gz'],
        ['arm', 'linux-arm64.tar.gz'],
        ['intel', 'linux-x64.tar.gz'],
      ] as const
    ).map(([processor, ending]) => [processor, addressOf(ending), sums[ending]]),
  );
  expect(formula).toContain(`version "${version}"`);
  // Homebrew refuses a longer one.
  expect(/desc "(.*)"/.exec(formula)?.[1]?.length).toBeLessThan(80);
});

const hasRuby = spawnSync('ruby', ['--version']).status === 0;
test.skipIf(!hasRuby)(`the formula is Ruby${hasRuby ? '' : ' (skipped: no ruby)'}`, async () => {
  const checked = await spawnProgram('ruby', ['-c', 'bimservice.rb'], {
    cwd: folder,
    env: cleanEnvironment(),
  });
  expect(checked).toMatchObject({ code: 0, stdout: 'Syntax OK\n' });
});

test('the Scoop manifest has the archive of Windows with its sum', async () => {
  const manifest = JSON.parse(await read('bimservice.json'));
  expect(manifest).toMatchObject({
    version,
    license: 'MIT',
    bin: 'bimservice.exe',
    architecture: {
      '64bit': {
        url: addressOf('win-x64.zip'),
        hash: sums['win-x64.zip'],
        extract_dir: `bimservice-${version}-win-x64`,
      },
    },
  });
  const next = manifest.autoupdate.architecture['64bit'];
  expect(next.url.replaceAll('$version', version)).toBe(addressOf('win-x64.zip'));
  expect(next.extract_dir.replaceAll('$version', version)).toBe(`bimservice-${version}-win-x64`);
});

test('a release without one of the programs ends with its name', async () => {
  await rm(join(folder, nameOf('darwin-x64.tar.gz')));
  expect(await release()).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(nameOf('darwin-x64.tar.gz')),
  });
});
