// What `-o` means: a folder, a file, a pipe or a device, and where the receipt goes in each case.
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OpenService } from '../support/open-service.js';
import { filesOf } from '../support/workspace-files.js';

describe('a folder is a folder in every spelling', () => {
  test.each(['results', 'results/', './results', '.'])(
    '-o %s with a 204: exit 0, the receipt in that folder',
    async (output) => {
      await using at = await OpenService.start({ status: 204 });
      await mkdir(join(at.workspace.folder, 'results'));
      expect(await at.invoke(['model.ifc', '-o', output])).toMatchObject({ code: 0 });
      const folder = output.includes('results') ? 'results/' : '';
      expect(await filesOf(at)).toEqual([`${folder}model.ifc.check.run.json`]);
    },
  );

  test.each(['results', 'results/'])('-o %s: result and receipt are side by side', async (output) => {
    await using at = await OpenService.start({ status: 200, body: 'fine' });
    await mkdir(join(at.workspace.folder, 'results'));
    expect(await at.invoke(['model.ifc', '-o', output])).toMatchObject({ code: 0 });
    expect(await filesOf(at)).toEqual(['results/model.check.txt', 'results/model.check.txt.run.json']);
  });

  test.each(['results', 'results/'])('-o %s: the receipt of a refusal is there too', async (output) => {
    await using at = await OpenService.start({ status: 500, body: 'no' });
    await mkdir(join(at.workspace.folder, 'results'));
    expect(await at.invoke(['model.ifc', '-o', output])).toMatchObject({ code: 6 });
    expect(await filesOf(at)).toEqual(['results/model.ifc.check.run.json']);
  });
});

describe('a file', () => {
  test('"no result" is a failure, and its receipt is where the file would be', async () => {
    await using at = await OpenService.start({ status: 204 });
    expect(await at.invoke(['model.ifc', '-o', 'out/r.bcf'])).toMatchObject({ code: 8 });
    expect(await filesOf(at)).toEqual(['out/model.ifc.check.run.json']);
    const receipt = JSON.parse(
      await readFile(join(at.workspace.folder, 'out/model.ifc.check.run.json'), 'utf8'),
    );
    expect(receipt).toMatchObject({ outcome: 'done', output: null, error: { code: 'result-missing' } });
  });
});

test('B134: a link to a missing file is found before the model is sent', async () => {
  await using at = await OpenService.start({ status: 200, body: 'fine' });
  await symlink('nowhere', join(at.workspace.folder, 'latest.txt'));
  const { code, stderr } = await at.invoke(['model.ifc', '-o', 'latest.txt']);
  expect(stderr).toContain('latest.txt already exists');
  expect(code).toBe(7);
  expect(stderr).not.toContain('sending');
  expect(await at.invoke(['model.ifc', '-o', 'latest.txt', '--force'])).toMatchObject({ code: 0 });
  expect(await readFile(join(at.workspace.folder, 'latest.txt'), 'utf8')).toBe('fine');
  expect(await readdir(at.workspace.folder)).not.toContain('nowhere');
});

describe('a device or stdout has no receipt', () => {
  test.each(['/dev/null', '/dev/stdout', '-'])('-o %s', async (output) => {
    const before = await readdir('/dev');
    for (const response of [{ status: 500, body: 'no' }, { status: 204 }, { status: 200, body: 'fine' }]) {
      await using at = await OpenService.start(response);
      const { stderr } = await at.workspace.spawn([
        ...['invoke', 'check', 'model.ifc', '-r', 'list.json', '-o', output, '--verbose'],
      ]);
      expect(stderr).not.toContain('receipt');
      expect(await filesOf(at)).toEqual([]);
    }
    expect(await readdir('/dev')).toEqual(before);
  });
});
