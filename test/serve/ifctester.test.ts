// A real checker as a service: examples/ifctester as it is, in a virtual environment of its own, and the BCF read back.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, spawnProgram, Workspace } from '../support/cli.js';
import { readArchive } from '../unit/serve/archive.js';
import { consentingBrowser, type Served, startServe } from './server.js';
import { hasSqlite } from './stores.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/ifctester/', import.meta.url));

/** Folder of the programs of a virtual environment with ifctester; null where Python or the packages cannot be had. */
async function virtualEnvironment(folder: string): Promise<string | null> {
  const steps: Array<[string, string[]]> = [
    ['python3', ['-m', 'venv', 'venv']],
    [
      join(folder, 'venv/bin/pip'),
      // Without compiled files: pip would compile every module for half of its time, and the checker loads a few of them.
      ['install', '-q', '--no-input', '--no-compile', 'ifctester', 'ifcopenshell', 'bcf-client'],
    ],
    [join(folder, 'venv/bin/python'), ['-m', 'ifctester', '--help']],
  ];
  for (const [program, argv] of steps) {
    const reason = await spawnProgram(program, argv, { cwd: folder, env: cleanEnvironment() }).then(
      ({ code, stderr }) => (code === 0 ? null : stderr),
      String,
    );
    if (reason === null) continue;
    if (process.env.BIMSERVICE_REQUIRE_IFCTESTER === '1') throw new Error(`no ifctester: ${reason}`);
    console.log(`skipped: the example with ifctester: ${reason.split('\n').at(-2) ?? reason}`);
    return null;
  }
  return join(folder, 'venv/bin');
}

const folder = await mkdtemp(join(tmpdir(), 'bimservice-ifctester-'));
const programs = hasSqlite() ? await virtualEnvironment(folder) : null;

describe.runIf(programs !== null)('ifctester', () => {
  let served: Served;
  let workspace: Workspace;
  beforeAll(async () => {
    await cp(EXAMPLE, join(folder, 'example'), { recursive: true });
    served = await startServe({
      cwd: join(folder, 'example'),
      data: join(folder, 'data'),
      argv: ['services.json'],
      env: { PATH: [programs, process.env.PATH].join(delimiter) },
    });
    workspace = await Workspace.create();
    const argv = ['authorize', 'ids-check', '-r', `${served.origin}/servicelist`, '--wait', '5m'];
    const { code, stderr } = await workspace.run(argv, {
      browser: consentingBrowser(),
    });
    expect(code, stderr).toBe(0);
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await workspace?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['passes.ifc', 0],
    ['fails.ifc', 1],
  ])('of %s reports %i topics', async (model, topics) => {
    const argv = [
      'invoke',
      'ids-check',
      join(EXAMPLE, model),
      '-r',
      `${served.origin}/servicelist`,
      '-o',
      `${model}.bcf`,
    ];
    const done = await workspace.run([...argv, '--json']);
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'done', output: { type: 'BCF_ZIP_2_1' } });
    const files = await readArchive(await readFile(join(workspace.folder, `${model}.bcf`)));
    const markups = [...files].filter(([name]) => name.endsWith('/markup.bcf'));
    expect(markups).toHaveLength(topics);
    for (const [, xml] of markups) expect(xml).toContain('Every wall has a name');
  });
});
