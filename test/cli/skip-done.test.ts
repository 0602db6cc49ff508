// `--skip-done`: what was done before is not sent again, and everything that could change a result is.
import { appendFile, copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OpenService } from '../support/open-service.js';

async function at(...models: string[]) {
  const service = await OpenService.start((call) => ({ status: 200, body: `result ${call}` }));
  await service.models(...models);
  const file = (...path: string[]) => join(service.workspace.folder, ...path);
  const invoke = async (...more: string[]) => {
    const { code, stdout, stderr } = await service.invoke([...more, '--skip-done', '--json']);
    expect(code, stderr).toBe(0);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  return { service, file, invoke, sent: () => service.server.callsTo('run').length };
}

test('the second run sends nothing, and its lines name the results of the first', async () => {
  const { service, invoke, sent } = await at('a.ifc', 'b.ifc');
  await using _ = service;
  const first = await invoke('a.ifc', 'b.ifc', '-o', 'out/');
  const second = await invoke('a.ifc', 'b.ifc', '-o', 'out/');
  expect(sent()).toBe(2);
  expect(second.map(({ skipped }) => skipped)).toEqual([true, true]);
  expect(second.map(({ output }) => output)).toEqual(first.map(({ output }) => output));
  const shown = await service.invoke(['a.ifc', 'b.ifc', '-o', 'out/', '--skip-done']);
  expect(shown.stdout.trim().split('\n')).toEqual(first.map(({ output }) => output.path));
  expect(shown.stderr).toContain('a.ifc: skipped (done before, and its result is unchanged)');
  expect(shown.stderr).toMatch(/2 of 2 models done, 2 of them before\.\n$/);
});

test.each<[string, (file: (...path: string[]) => string) => Promise<unknown>, string[]]>([
  ['another model', (file) => appendFile(file('a.ifc'), '\n'), []],
  ['a result that was edited', (file) => appendFile(file('out', 'a.check.txt'), '!'), []],
  ['a result that is gone', (file) => rm(file('out', 'a.check.txt')), []],
  ['no receipt', (file) => rm(file('out', 'a.check.txt.run.json')), []],
  ['a damaged receipt', (file) => writeFile(file('out', 'a.check.txt.run.json'), '{'), []],
  [
    'a receipt of an earlier version',
    async (file) => {
      const { settings: _, ...rest } = JSON.parse(
        await readFile(file('out', 'a.check.txt.run.json'), 'utf8'),
      );
      await writeFile(file('out', 'a.check.txt.run.json'), JSON.stringify(rest));
    },
    [],
  ],
  ['another --expect', async () => {}, ['--expect', 'text/plain']],
  ['another --input-type', async () => {}, ['--input-type', 'IFC_STEP_2X3TC1']],
  ['another --context-id', async () => {}, ['--context-id', 'c']],
  [
    'another service',
    async (file) => {
      const [entry] = JSON.parse(await readFile(file('list.json'), 'utf8'));
      await writeFile(
        file('list.json'),
        JSON.stringify([{ ...entry, resourceUrl: `${entry.resourceUrl}?two` }]),
      );
    },
    [],
  ],
])('%s: the model is sent', async (_, change, more) => {
  const { service, file, invoke } = await at('a.ifc');
  await using __ = service;
  await invoke('a.ifc', '-o', 'out/');
  await change(file);
  const [line] = await invoke('a.ifc', '-o', 'out/', ...more);
  expect(line.skipped).toBe(undefined);
  service.server.takeComplaints();
});

test('the same content under another name, and a folder that was moved, count as done', async () => {
  const { service, file, invoke, sent } = await at('a.ifc');
  await using _ = service;
  await invoke('a.ifc', '-o', 'out/');
  await copyFile(file('a.ifc'), file('copy.ifc'));
  await rename(file('out'), file('cache'));
  const [line] = await invoke('copy.ifc', '-o', 'cache/');
  expect(line).toMatchObject({
    skipped: true,
    input: { path: 'copy.ifc' },
    output: { path: file('cache', 'a.check.txt') },
  });
  expect(sent()).toBe(1);
});

test('-o FILE: the file is skipped where it is the result, and is otherwise not replaced', async () => {
  const { service, file, invoke, sent } = await at('a.ifc');
  await using _ = service;
  await invoke('a.ifc', '-o', 'report.txt');
  expect((await invoke('a.ifc', '-o', 'report.txt'))[0]).toMatchObject({ skipped: true });
  await appendFile(file('a.ifc'), '\n');
  expect(await service.invoke(['a.ifc', '-o', 'report.txt', '--skip-done'])).toMatchObject({ code: 7 });
  expect(sent()).toBe(1);
});

test('with --no-receipt it is an error', async () => {
  const { service } = await at('a.ifc');
  await using _ = service;
  const { code, stderr } = await service.invoke(['a.ifc', '--skip-done', '--no-receipt']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('--skip-done compares receipts'),
  });
});
