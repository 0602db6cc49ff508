// The package as a user gets it: packed, installed into an empty folder, run by its name, imported with its types.

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cleanEnvironment, spawnProgram } from '../support/cli.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';
import { describeRecipes } from './recipes.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACK_MS = 240_000;
const RUN_MS = 60_000;

let root: string;
/** A copy of the project, like a clone. */
let clone: string;
/** The folder in which the package is installed. */
let app: string;
/** The paths in the tarball. */
let packed: string[];
/** What npm printed when it installed the tarball. */
let installed: CliResult;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bimservice-packed-'));
  clone = join(root, 'clone');
  app = join(root, 'app');
  await copyProject();
  // Left over from an older build: it must not be packed.
  await mkdir(join(clone, 'dist'));
  await writeFile(join(clone, 'dist', 'left-over.js'), '');
  const pack = await npm(['pack', '--json', '--loglevel=error', '--pack-destination', root], clone);
  packed = pathsOf(pack.stdout);
  await mkdir(app);
  const tarball = (await readdir(root)).find((file) => file.endsWith('.tgz')) ?? '';
  installed = await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', join(root, tarball)], app);
}, PACK_MS);
afterAll(() => rm(root, { recursive: true, force: true }));

async function copyProject(): Promise<void> {
  const leftHere = new Set(['node_modules', 'dist', 'single', '.test-build', '.git', 'bimservice-demo']);
  await cp(ROOT, clone, { recursive: true, filter: (path) => !leftHere.has(basename(path)) });
  await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'), 'junction');
}

/** npm with the settings of the user, without those that `npm test` adds for its child processes. */
async function npm(argv: string[], cwd: string): Promise<CliResult> {
  const inherited = /^npm_(?!config_)|^npm_config_local_prefix$|^(?:NODE_OPTIONS|VITEST.*|BIMSERVICE_.*)$/i;
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || inherited.test(name) ? [] : [[name, value]],
    ),
  );
  const result = await spawnProgram('npm', argv, { cwd, env });
  if (result.code !== 0) throw new Error(`npm ${argv[0]} ended with ${result.code}\n${result.stderr}`);
  return result;
}

/** `npm pack --json` prints an array, but npm 11 may print output of scripts before it. */
function pathsOf(stdout: string): string[] {
  const value: unknown = JSON.parse(stdout.slice(stdout.search(/^\[/m)));
  if (!Array.isArray(value)) throw new Error('npm pack printed no list');
  return value[0].files.map(({ path }: { path: string }) => path).sort();
}

/** An environment without the messages of npx, which are not output of the program. */
function environment(): Record<string, string> {
  return {
    ...cleanEnvironment(),
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
    npm_config_cache: join(root, 'npm-cache'),
    BIMSERVICE_CONFIG_DIR: join(root, 'config'),
    DISPLAY: '',
    WAYLAND_DISPLAY: '',
    WSL_DISTRO_NAME: '',
  };
}

const npx = (argv: string[], cwd = app) =>
  spawnProgram('npx', ['bimservice', ...argv], { cwd, env: environment() });

async function version(): Promise<string> {
  return JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version;
}

describe('the tarball', () => {
  test('holds the program, its schemas and the pages for people, and nothing else', () => {
    const known = [
      /^dist\/(?:chunks\/|library\/)?[\w.-]+\.c?js$/,
      /^dist\/types\/(?:[\w-]+\/)*[\w-]+\.d\.ts$/,
      /^schemas\/[\w-]+\.schema\.json$/,
      /^dist\/man\/bimservice[a-z-]*\.1$/,
      /^docs\/(?:[\w-]+\/)*[\w-]+\.(?:md|svg)$/,
      /^examples\//,
    ];
    const rest = packed.filter((path) => !known.some((pattern) => pattern.test(path)));
    expect(rest).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'action.yml',
      'bench/README.md',
      'bin/bimservice.js',
      'bin/code-cache.js',
      'bin/package.json',
      'dist/LICENSES.txt',
      'dist/chunks/xdg-open',
      'dist/help.txt',
      'dist/library/xdg-open',
      'dist/sbom.cdx.json',
      'package.json',
    ]);
    expect(packed).toEqual(
      expect.arrayContaining(['dist/main.cjs', 'dist/index.js', 'dist/types/index.d.ts']),
    );
    expect(packed).not.toContain('dist/left-over.js');
  });

  test('has every schema', async () => {
    const schemas = (await readdir(join(ROOT, 'schemas'))).map((file) => `schemas/${file}`);
    expect(packed.filter((path) => path.startsWith('schemas/'))).toEqual(schemas.sort());
  });

  test('is small, and has no dependency but the optional keyring', async () => {
    const modules = join(app, 'node_modules');
    const installed = (await readdir(modules)).filter((name) => !name.startsWith('.'));
    expect(installed.filter((name) => name !== '@napi-rs')).toEqual(['bimservice']);
    const files = await readdir(join(modules, 'bimservice'), { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    // The project limits the installed size to 15 MB.
    expect(bytes).toBeLessThan(15e6);
    const licenses = await readFile(join(modules, 'bimservice', 'dist', 'LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'undici', 'conf', 'chalk', 'ora', 'open', 'ws', '@inquirer/prompts'])
      expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  test('every link of its README and its other pages leads to a file in it', async () => {
    const pages = packed.filter((path) => path.endsWith('.md'));
    const links = await Promise.all(
      pages.map(async (page) => {
        const text = await readFile(join(app, 'node_modules', 'bimservice', page), 'utf8');
        return [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(
          ([, link = '']) => [page, posix.join(posix.dirname(page), link)] as const,
        );
      }),
    );
    const inside = (target: string) =>
      packed.some((path) => path === target || path.startsWith(`${target}/`));
    expect(links.flat().length).toBeGreaterThan(20);
    expect(links.flat().filter(([, target]) => !inside(target))).toEqual([]);
  });

  test('runs no script when it is installed, and npm warns of none', async () => {
    const manifest: unknown = JSON.parse(
      await readFile(join(app, 'node_modules', 'bimservice', 'package.json'), 'utf8'),
    );
    // npm 11 and newer warn of `prepare` when a tarball is installed, though they do not run it.
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(manifest).not.toHaveProperty(['scripts', script]);
    expect(installed.stdout + installed.stderr).not.toMatch(/warn/i);
  });

  test('npm install in a clone builds it, also where all packages are there', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(scripts).toMatchObject({ prepack: 'npm run build', postprepare: 'npm run build' });
    const folder = join(root, 'small-clone');
    await mkdir(folder);
    const build = `node -e "require('fs').appendFileSync('built', 'x')"`;
    const manifest = { name: 'small', private: true, scripts: { postprepare: scripts.postprepare, build } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    for (const built of ['x', 'xx']) {
      await npm(['install', '--offline', '--no-audit', '--no-fund'], folder);
      expect(await readFile(join(folder, 'built'), 'utf8')).toBe(built);
    }
  });
});

describe('the installed program', () => {
  test('npx bimservice --version', { timeout: RUN_MS }, async () => {
    expect(await npx(['--version'])).toEqual({ code: 0, stdout: `${await version()}\n`, stderr: '' });
  });

  test('worker says what to install where the NATS client is missing', { timeout: RUN_MS }, async () => {
    const { code, stderr } = await npx(['worker', '--nats', 'nats://127.0.0.1:9']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('npm install -g @nats-io/transport-node@3')]);
  });

  test('list reads a repository file, as a table and as JSON', { timeout: RUN_MS }, async () => {
    const entry = {
      name: 'Open check',
      inputs: ['IFC_STEP_4'],
      outputs: ['BCF_ZIP_2_1'],
      resourceUrl: 'https://bim.example/check',
    };
    await writeFile(join(app, 'services.json'), JSON.stringify([entry]));
    const table = await npx(['list', '--repository', './services.json']);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout.split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
      ['ID', 'NAME', 'TAKES', 'GIVES', 'STATUS'],
      ['open-check', 'Open check', 'IFC_STEP_4', 'BCF_ZIP_2_1', 'open'],
      [''],
    ]);
    const json = await npx(['list', '--repository', './services.json', '--json']);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      services: [{ id: 'open-check', oauth: null, status: 'open', repository: join(app, 'services.json') }],
      warnings: [],
    });
  });

  test('a failure has its exit code, a line and a hint on stderr, and nothing on stdout', {
    timeout: RUN_MS,
  }, async () => {
    const failed = await npx(['list', '--repository', './absent.json']);
    expect(failed).toMatchObject({ code: 3, stdout: '' });
    expect(failed.stderr).toMatch(
      /^error: .*absent\.json cannot be read: there is no such file\n {2}\S.*\n$/,
    );
  });

  test('demo without a terminal', { timeout: RUN_MS }, async () => {
    const folder = join(root, 'without');
    const demo = await npx(['demo', '--json', '-o', folder]);
    expect(demo.code, demo.stderr).toBe(0);
    expect(JSON.parse(demo.stdout)).toMatchObject({ folder, consent: 'demo' });
    expect(demo.stderr).toContain('no browser: the demo gives the consent itself');
    await expectDemoResult(folder);
  });

  test.skipIf(NO_TERMINAL !== null)(
    `demo at a terminal without a desktop${NO_TERMINAL === null ? '' : ` (skipped: ${NO_TERMINAL})`}`,
    { timeout: RUN_MS },
    async () => {
      const folder = join(root, 'with');
      const shown = await atTerminal(`npx bimservice demo -o '${folder}' > demo.out`, {
        cwd: app,
        env: environment(),
      });
      expect(shown.code, shown.stdout).toBe(0);
      expect(shown.stdout.match(/(?<=^ {3}\$ bimservice )\w+/gm)).toEqual(STEPS);
      expect(await readFile(join(app, 'demo.out'), 'utf8')).toBe('');
      await expectDemoResult(folder);
    },
  );

  test.skipIf(NO_TERMINAL !== null)(
    `demo at a terminal with a person who clicks Allow${NO_TERMINAL === null ? '' : ` (skipped: ${NO_TERMINAL})`}`,
    { timeout: RUN_MS },
    async () => {
      const folder = join(root, 'person');
      const person = join(root, 'person.mjs');
      await writeFile(person, PERSON);
      const shown = await atTerminal(
        `npx bimservice demo -o '${folder}' --browser "'${process.execPath}' '${person}'"`,
        { cwd: app, env: environment() },
      );
      expect(shown.code, shown.stdout).toBe(0);
      expect(shown.stdout).toContain('click Allow');
      expect(shown.stdout).not.toContain('the demo gives the consent itself');
      await expectDemoResult(folder);
    },
  );
});

const STEPS = ['list', 'register', 'authorize', 'invoke'];

/** A browser in a few lines: loads the page, sends its form with the button Allow, follows the redirect. */
const PERSON = `
const page = await fetch(process.argv[2]);
const html = await page.text();
const form = new URLSearchParams();
for (const [input] of html.matchAll(/<input[^>]*>/g))
  form.set(/name="([^"]*)"/.exec(input)[1], /value="([^"]*)"/.exec(input)[1]);
const [button] = [...html.matchAll(/<button[^>]*>(?=\\s*Allow)/g)].map(([tag]) => tag);
form.set(/name="([^"]*)"/.exec(button)[1], /value="([^"]*)"/.exec(button)[1]);
const cookie = (page.headers.get('set-cookie') ?? '').split(';')[0];
const action = new URL(/<form[^>]*action="([^"]*)"/.exec(html)[1].replaceAll('&amp;', '&'), page.url);
const response = await fetch(action, { method: 'POST', body: form, redirect: 'manual', headers: { cookie, origin: action.origin } });
await (await fetch(response.headers.get('location'))).text();
`;

/** Expects a BCF archive, its receipt and the model, and no secret beside them. */
async function expectDemoResult(folder: string): Promise<void> {
  const files = (await readdir(folder)).sort();
  expect(files).toEqual(['duplicate-guids.bcf', 'duplicate-guids.bcf.run.json', 'two-walls.ifc']);
  const archive = await readFile(join(folder, 'duplicate-guids.bcf'));
  expect(archive.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  expect(JSON.parse(await readFile(join(folder, 'duplicate-guids.bcf.run.json'), 'utf8'))).toMatchObject({
    outcome: 'done',
    output: { bytes: archive.length, type: 'BCF_ZIP_2_1' },
  });
}

describe('the library', () => {
  const CONSUMER = `
import { BimServiceError, detectModel, EXIT_CODES, readRepository, safeFileName, type Service } from 'bimservice';
const services: Service[] = readRepository([], { source: 'x', location: 'x', strict: true, insecure: false }).services;
const model = detectModel(new Uint8Array(), null);
const reason: 'empty' | null = model.kind === 'refused' && model.reason === 'empty' ? model.reason : null;
const code: number = new BimServiceError('usage', 'x').exitCode;
console.log(JSON.stringify([services.length, reason, code === EXIT_CODES.usage, safeFileName('../../x:y.bcf')]));
`;

  test('its types compile for a strict consumer without Node types, and it runs', {
    timeout: RUN_MS,
  }, async () => {
    await writeFile(join(app, 'consumer.mts'), CONSUMER);
    const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(
      /package\.json$/,
      'bin/tsc',
    );
    const flags =
      '--strict --exactOptionalPropertyTypes --module nodenext --target es2022 --types --lib es2023,dom';
    const compiled = await spawnProgram(process.execPath, [tsc, ...flags.split(' '), 'consumer.mts'], {
      cwd: app,
      env: cleanEnvironment(),
    });
    expect(compiled, compiled.stdout).toMatchObject({ code: 0, stdout: '' });
    const ran = await spawnProgram(process.execPath, ['consumer.mjs'], { cwd: app, env: cleanEnvironment() });
    expect(ran).toEqual({ code: 0, stdout: '[0,"empty",true,"x_y.bcf"]\n', stderr: '' });
  });

  test('internal modules cannot be imported; the schemas are published', { timeout: RUN_MS }, async () => {
    const tries = `
      const tries = ['bimservice/dist/main.cjs', 'bimservice/schemas/repository.schema.json', 'bimservice/package.json'];
      console.log(tries.map((name) => { try { return import.meta.resolve(name) && 'yes'; } catch (error) { return error.code; } }).join());`;
    await writeFile(join(app, 'tries.mjs'), tries);
    const ran = await spawnProgram(process.execPath, ['tries.mjs'], { cwd: app, env: cleanEnvironment() });
    expect(ran.stdout).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED,yes,yes\n');
  });
});

test('in a clone, npx runs the clone itself, as the README says', { timeout: RUN_MS }, async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  expect(readme).toContain('npm install && npx bimservice demo');
  await writeFile(
    join(clone, 'bin', 'bimservice.js'),
    `#!/usr/bin/env node\nconsole.log('clone', process.argv[2]);\n`,
  );
  expect(await npx(['demo'], clone)).toEqual({ code: 0, stdout: 'clone demo\n', stderr: '' });
  expect(existsSync(join(clone, 'bimservice-demo'))).toBe(false);
});

test.skipIf(process.platform === 'win32')('the program file is executable', async () => {
  expect((await stat(join(ROOT, 'bin', 'bimservice.js'))).mode & 0o111).toBe(0o111);
});

describeRecipes(() => app);
