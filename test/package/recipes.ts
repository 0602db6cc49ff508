// The recipes of action.yml, examples/ and the README: their script parts run as written, from the packed install, in an
// environment that has a home, a PATH, the credentials and what the recipe itself sets.
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { duplicateGuids } from '../../src/serve/checks/duplicate-guids.js';
import { SAMPLE_MODEL } from '../../src/serve/checks/sample-model.js';
import { selfConsent } from '../../src/serve/oauth/self-consent.js';
import { type Provider, startProvider } from '../../src/serve/provider.js';
import { type CliResult, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A script of a recipe with the variables that the recipe sets for it. */
interface Step {
  script: string;
  env: Record<string, string>;
}

interface Yaml {
  [key: string]: Yaml;
}

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const yaml = async (path: string): Promise<Yaml> => parse(await read(path));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown) =>
  Object.entries((value ?? {}) as Record<string, unknown>).map(([key, text]) => [key, String(text)]);

/** The recipes with the steps that a runner of that kind would run, in order. */
const RECIPES: ReadonlyArray<[name: string, steps: () => Promise<Step[]>]> = [
  [
    'action.yml',
    async () => {
      const { inputs, runs } = await yaml('action.yml');
      const given: Record<string, string> = {
        service: 'duplicate-globalids',
        models: 'models/**/*.ifc',
        'fail-on': 'topics>0',
      };
      const inputOf = (_: string, name: string) => given[name] ?? String(inputs?.[name]?.default ?? '');
      return list(runs?.steps).flatMap((step) => {
        const { run, env } = step as Yaml;
        if (run === undefined) return [];
        const filled = texts(env).map(([key, text]) => [
          key,
          text?.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, inputOf),
        ]);
        return [{ script: String(run), env: Object.fromEntries(filled) }];
      });
    },
  ],
  [
    'examples/github-actions/check-models.yml',
    async () => {
      const { jobs } = await yaml('examples/github-actions/check-models.yml');
      const { env, steps } = jobs?.check ?? {};
      return list(steps).flatMap((step) => {
        const { run, env: own } = step as Yaml;
        // A secret is in the environment of the test already.
        const all = [...texts(env), ...texts(own)].filter(([, text]) => !text?.includes('${{ secrets.'));
        return run === undefined ? [] : [{ script: String(run), env: Object.fromEntries(all) }];
      });
    },
  ],
  ['examples/gitlab-ci/.gitlab-ci.yml', async () => gitlab(await yaml('examples/gitlab-ci/.gitlab-ci.yml'))],
  [
    'examples/azure-pipelines/azure-pipelines.yml',
    async () => {
      const { variables, steps } = await yaml('examples/azure-pipelines/azure-pipelines.yml');
      return list(steps).flatMap((step) => {
        const { script } = step as Yaml;
        return script === undefined
          ? []
          : [{ script: String(script), env: Object.fromEntries(texts(variables)) }];
      });
    },
  ],
  [
    'the pipeline of README.md',
    async () => {
      const block = /^```yaml\n(check-models:[\s\S]*?)^```$/m.exec(await read('README.md'))?.[1] ?? '';
      expect(block.trim().split('\n').length).toBeLessThanOrEqual(10);
      return gitlab(parse(block));
    },
  ],
];

function gitlab(page: Yaml): Step[] {
  const { variables, before_script, script } = page['check-models'] ?? {};
  const env = Object.fromEntries(texts(variables));
  return [...list(before_script), ...list(script)].map((line) => ({ script: String(line), env }));
}

/** `app`: the folder with the packed install; it is there when a test runs. */
export function describeRecipes(app: () => string): void {
  describe('the recipes', () => {
    let provider: Provider;
    let credentials: string;
    let folder: string;

    beforeAll(async () => {
      provider = await startProvider({
        port: 0,
        host: '127.0.0.1',
        services: [duplicateGuids],
        tokenMs: 30 * 86_400_000,
      });
      await using workspace = await Workspace.create();
      const at = ['-r', `${provider.origin}/servicelist`];
      const consent = await workspace.run(['authorize', 'duplicate', ...at], { browser: selfConsent() });
      expect(consent, consent.stderr).toMatchObject({ code: 0 });
      credentials = (await workspace.run(['token', 'duplicate', '--export', ...at])).stdout.trim();
    });
    afterAll(() => provider?.[Symbol.asyncDispose]());

    /** A working folder with a model that has a duplicate GlobalId, or has none. */
    async function workspace(isGood: boolean): Promise<void> {
      folder = await mkdtemp(join(tmpdir(), 'bimservice-recipe-'));
      await mkdir(join(folder, 'home'));
      await mkdir(join(folder, 'work', 'models', 'east'), { recursive: true });
      const good = stepModel({ schema: 'IFC4' });
      await writeFile(join(folder, 'work', 'models', 'a.ifc'), good);
      await writeFile(join(folder, 'work', 'models', 'east', 'b.ifc'), isGood ? good : SAMPLE_MODEL);
    }

    function run(program: string, argv: string[], env: Record<string, string> = {}): Promise<CliResult> {
      const path = [join(app(), 'node_modules', '.bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(
        ':',
      );
      return spawnProgram(program, argv, {
        cwd: join(folder, 'work'),
        env: { HOME: join(folder, 'home'), PATH: path, BIMSERVICE_CREDENTIALS: credentials, ...env },
      });
    }

    describe.skipIf(process.platform === 'win32').each([
      [true, 0],
      [false, 10],
    ])('models without a mistake: %s', (isGood, exit) => {
      test.each(RECIPES)('%s ends as it says', async (_, steps) => {
        await workspace(isGood);
        const scripts = await steps();
        const own = scripts.filter(({ script }) => !script.startsWith('npm install --global '));
        expect(scripts.length - own.length).toBe(1);
        let last: CliResult = { code: 0, stdout: '', stderr: '' };
        for (const { script, env } of own) {
          if (last.code !== 0) break;
          last = await run('bash', ['-e', '-c', script], env);
        }
        expect(last.code, last.stderr).toBe(exit);
        expect(
          (await readdir(join(folder, 'work', 'results'))).filter((name) => name.endsWith('.bcf')),
        ).toHaveLength(2);
        expect(await readdir(join(folder, 'home'))).toEqual([]);
        await rm(folder, { recursive: true });
      });

      test('examples/cron: the second night sends only what is new', async () => {
        await workspace(isGood);
        const script = join(ROOT, 'examples/cron/check-models.sh');
        const night = () =>
          run('sh', [script, 'duplicate-globalids', join(folder, 'work', 'models'), join(folder, 'results')]);
        const first = await night();
        expect(first.code, first.stderr).toBe(exit);
        const second = await night();
        expect(second.code, second.stderr).toBe(exit);
        expect(second.stderr).toContain('2 of 2 models done, 2 of them before.');
        await rm(folder, { recursive: true });
      });

      test('examples/make: a model is sent again only when it is newer', async () => {
        await workspace(isGood);
        if (!isGood) await writeFile(join(folder, 'work', 'models', 'a.ifc'), SAMPLE_MODEL);
        await copyFile(join(ROOT, 'examples/make/Makefile'), join(folder, 'work', 'Makefile'));
        const first = await run('make', []);
        expect(first.code, first.stderr).toBe(isGood ? 0 : 2);
        if (!isGood) expect(first.stderr).toContain('Error 10');
        expect(first.stdout).toContain('bimservice invoke');
        expect((await run('make', [])).stdout).not.toContain('bimservice invoke');
        await rm(folder, { recursive: true });
      });

      test('examples/pre-commit: git commits models only without topics', async () => {
        await workspace(isGood);
        expect(await run('git', ['init', '-q'])).toMatchObject({ code: 0 });
        const hook = join(folder, 'work', '.git', 'hooks', 'pre-commit');
        await copyFile(join(ROOT, 'examples/pre-commit/pre-commit'), hook);
        await chmod(hook, 0o755);
        await run('git', ['add', 'models']);
        const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
        const done = await run('git', [...who, 'commit', '-q', '-m', 'A revision']);
        expect(done.code === 0, done.stderr).toBe(isGood);
        await rm(folder, { recursive: true });
      });
    });
  });
}
