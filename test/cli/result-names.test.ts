// How the results of several models are called, and what `--force` may replace.
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stepModel } from '../support/fixtures.js';
import { OpenService } from '../support/open-service.js';
import type { PlannedResponse } from '../support/strict-server.js';
import { filesOf, resultsOf } from '../support/workspace-files.js';

const named = (name: string, body: string | Uint8Array = 'fine'): PlannedResponse => ({
  status: 200,
  headers: [['Content-Disposition', `attachment; filename="${name}"`]],
  body,
});

describe('several models: the name of each result begins with its model', () => {
  test('{model}-{name}, also where every result has the same name', async () => {
    await using at = await OpenService.start(named('clashes.txt'));
    await at.models('house.ifc', 'garage.v2.ifc');
    const { code, stderr } = await at.invoke(['house.ifc', 'garage.v2.ifc', '-o', 'out/']);
    expect(code, stderr).toBe(0);
    expect(await filesOf(at)).toEqual([
      'out/garage.v2-clashes.txt',
      'out/garage.v2-clashes.txt.run.json',
      'out/house-clashes.txt',
      'out/house-clashes.txt.run.json',
    ]);
  });

  test('a result without its own name is named after its model once', async () => {
    await using at = await OpenService.start({ status: 200, body: 'fine' });
    await at.models('a.ifc', 'b.ifc');
    await at.invoke(['a.ifc', 'b.ifc', '-o', 'out/']);
    expect(await resultsOf(at)).toEqual(['out/a.check.txt', 'out/b.check.txt']);
  });

  test('one model: the name is the one of the service', async () => {
    await using at = await OpenService.start(named('clashes.txt'));
    await at.invoke(['model.ifc', '-o', 'out/']);
    expect(await resultsOf(at)).toEqual(['out/clashes.txt']);
  });

  test('models with the same name get different labels before anything is sent', async () => {
    await using at = await OpenService.start(named('r.txt'));
    for (const folder of ['east', 'west', 'x', 'y/x'])
      await mkdir(join(at.workspace.folder, folder), { recursive: true });
    const models = ['east/house.ifc', 'west/HOUSE.ifc', 'a.ifc', 'a.ifczip', 'x/b.ifc', 'y/x/b.ifc'];
    await at.models(...models.filter((name) => name !== 'a.ifczip'));
    await at.models('a.ifczip');
    const { code, stderr } = await at.invoke([...models, '-o', 'out', '--jobs', '3']);
    expect(code, stderr).toBe(0);
    expect(await resultsOf(at)).toEqual(
      [
        'a.ifczip',
        'out/a.ifc-r.txt',
        'out/a.ifczip-r.txt',
        'out/b (1)-r.txt',
        'out/b-r.txt',
        'out/east-house-r.txt',
        'out/west-HOUSE-r.txt',
      ].sort(),
    );
  });

  test('-o without a slash is a folder, and made; a file of that name is in the way', async () => {
    await using at = await OpenService.start(named('r.txt'));
    await at.models('a.ifc', 'b.ifc');
    expect((await at.invoke(['a.ifc', 'b.ifc', '-o', 'new/results'])).code).toBe(0);
    expect(await resultsOf(at)).toEqual(['new/results/a-r.txt', 'new/results/b-r.txt']);
    at.server.expectCalls([]);
    await writeFile(join(at.workspace.folder, 'taken'), '');
    const { code, stderr } = await at.invoke(['a.ifc', 'b.ifc', '-o', 'taken', '--force']);
    expect(code).toBe(7);
    expect(stderr).toContain('taken already exists');
    at.server.assertDone();
  });
});

describe('templates of -o', () => {
  test.each<[string, string[]]>([
    ['out/{model}/{name}', ['out/a/r.v1.txt', 'out/b/r.v1.txt']],
    ['out/{model}.{ext}', ['out/a.txt', 'out/b.txt']],
    ['{service}/{stem}-{model}.{ext}', ['check/r.v1-a.txt', 'check/r.v1-b.txt']],
    ['out/{model}.bcf', ['out/a.bcf', 'out/b.bcf']],
    ['out/{model}/', ['out/a/r.v1.txt', 'out/b/r.v1.txt']],
    ['out/{name}', ['out/r.v1 (1).txt', 'out/r.v1.txt']],
    ['out/{{{model}}}.txt', ['out/{a}.txt', 'out/{b}.txt']],
    ['out {{x}}/', ['out {x}/a-r.v1.txt', 'out {x}/b-r.v1.txt']],
  ])('%s', async (output, results) => {
    await using at = await OpenService.start(named('r.v1.txt'));
    await at.models('a.ifc', 'b.ifc');
    const { code, stderr } = await at.invoke(['a.ifc', 'b.ifc', '-o', output]);
    expect(code, stderr).toBe(0);
    expect(await resultsOf(at)).toEqual(results);
  });

  test('{date} is the day of the run', async () => {
    await using at = await OpenService.start(named('r.txt'));
    const now = new Date();
    const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) =>
      String(part).padStart(2, '0'),
    );
    await at.invoke(['model.ifc', '-o', 'out/{date}-{name}']);
    expect(await resultsOf(at)).toEqual([`out/${day.join('-')}-r.txt`]);
  });

  test('a name of the service cannot leave the folder', async () => {
    await using at = await OpenService.start(named('../../evil.txt'));
    await at.invoke(['model.ifc', '-o', 'out/{model}-{name}']);
    expect(await resultsOf(at)).toEqual(['out/model-evil.txt']);
  });

  test.each([
    ['out/{modle}', /unknown placeholder \{modle\}/],
    ['out/{}', /unknown placeholder \{\}/],
    ['{name}/r.bcf', /\{name\} in the name of a folder/],
  ])('%s is a usage error, and nothing is sent', async (output, words) => {
    await using at = await OpenService.start(named('r.txt'));
    at.server.expectCalls([]);
    const { code, stderr } = await at.invoke(['model.ifc', '-o', output]);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    at.server.assertDone();
  });
});

describe('--force', () => {
  test('three models, one name of the service: three results in three files, twice', async () => {
    await using at = await OpenService.start((call) => named('answer.txt', `result ${call}`));
    await at.models('a.ifc', 'b.ifc', 'c.ifc');
    for (const output of ['out/', 'flat/{name}']) {
      for (const jobs of ['1', '3']) {
        const { code, stdout, stderr } = await at.invoke([
          'a.ifc',
          'b.ifc',
          'c.ifc',
          '--force',
          '-o',
          output,
          '--jobs',
          jobs,
        ]);
        expect(code, stderr).toBe(0);
        const paths = stdout.trim().split('\n');
        expect(new Set(paths).size).toBe(3);
        expect(new Set(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).size).toBe(3);
      }
    }
    expect((await resultsOf(at)).length).toBe(6);
  });

  test('replaces an earlier result of the same service, and its receipt', async () => {
    await using at = await OpenService.start((call) => named('r.txt', `result ${call}`));
    await at.invoke(['model.ifc']);
    const { code, stdout } = await at.invoke(['model.ifc', '--force']);
    expect(code).toBe(0);
    expect(await filesOf(at)).toEqual(['r.txt', 'r.txt.run.json']);
    expect(await readFile(stdout.trim(), 'utf8')).toBe('result 2');
  });

  test.each<[string, (at: OpenService) => Promise<unknown>]>([
    ['a file without a receipt', (at) => writeFile(join(at.workspace.folder, 'r.txt'), 'notes of mine')],
    [
      'a result that was changed since',
      async (at) => {
        await at.invoke(['model.ifc']);
        await writeFile(join(at.workspace.folder, 'r.txt'), 'notes of mine');
      },
    ],
    [
      'a result that was changed to as many bytes',
      async (at) => {
        await at.invoke(['model.ifc']);
        await writeFile(join(at.workspace.folder, 'r.txt'), 'mine');
      },
    ],
    [
      'a result of another service',
      async (at) => {
        await at.invoke(['model.ifc']);
        const path = join(at.workspace.folder, 'r.txt.run.json');
        const receipt = JSON.parse(await readFile(path, 'utf8'));
        await writeFile(path, JSON.stringify({ ...receipt, service: { ...receipt.service, id: 'other' } }));
        await writeFile(join(at.workspace.folder, 'r.txt'), 'fine');
      },
    ],
  ])('never %s, under a name that the service chose', async (_, prepare) => {
    await using at = await OpenService.start(named('r.txt'));
    await prepare(at);
    const before = await readFile(join(at.workspace.folder, 'r.txt'), 'utf8');
    const { code, stdout, stderr } = await at.invoke(['model.ifc', '--force']);
    expect(code).toBe(0);
    expect(await readFile(join(at.workspace.folder, 'r.txt'), 'utf8')).toBe(before);
    expect(stdout.trim()).toBe(join(at.workspace.folder, 'r (1).txt'));
    expect(stderr).toContain('r.txt is not an earlier result of check');
  });

  test('never an input, whatever its name and its receipt', async () => {
    await using at = await OpenService.start(named('back.ifc', stepModel({ schema: 'IFC4' })));
    await at.invoke(['model.ifc']);
    const back = join(at.workspace.folder, 'back.ifc');
    const before = await readFile(back, 'utf8');
    await link(back, join(at.workspace.folder, 'hard.ifc'));
    for (const input of ['back.ifc', 'hard.ifc']) {
      const { code, stdout } = await at.invoke([input, '--force']);
      expect(code).toBe(0);
      expect(stdout.trim()).not.toBe(back);
      expect(await readFile(back, 'utf8')).toBe(before);
    }
    at.server.expectCalls([]);
    const { code, stderr } = await at.invoke(['back.ifc', '-o', 'back.ifc', '--force']);
    expect(code).toBe(7);
    expect(stderr).toContain('is read by this command');
    at.server.assertDone();
  });

  test('a *.run.json that is not a receipt of bimservice stays', async () => {
    await using at = await OpenService.start(named('r.txt'));
    await writeFile(join(at.workspace.folder, 'r.txt.run.json'), '{"my":"work"}');
    await at.invoke(['model.ifc']);
    expect(await readFile(join(at.workspace.folder, 'r.txt.run.json'), 'utf8')).toBe('{"my":"work"}');
    expect(await filesOf(at)).toEqual(['r.txt', 'r.txt.run (1).json', 'r.txt.run.json']);
    await rm(join(at.workspace.folder, 'r.txt'));
  });
});
