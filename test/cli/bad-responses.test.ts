import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stepModel } from '../support/fixtures.js';

import { answering, entry, failure, workspaceWith } from './bad-list.js';

describe('responses', () => {
  test.each<[string, number, Record<string, string>, string, object]>([
    [
      'a redirect to a login page (B097)',
      302,
      { Location: '/login' },
      '',
      { exit: 6, code: 'unexpected-redirect' },
    ],
    [
      'HTML with 200',
      200,
      { 'Content-Type': 'text/html' },
      '<html><body>Please log in</body></html>',
      { exit: 8, code: 'result-unexpected' },
    ],
    ['an empty 200 (B131)', 200, {}, '', { exit: 8, code: 'result-missing' }],
    [
      'an error in Output-Type',
      200,
      { 'Output-Type': 'ERROR' },
      '{"code":2,"message":"NO_OUTPUT_SCHEMA"}',
      { exit: 6, code: 'service-failed' },
    ],
    ['413', 413, { 'Content-Type': 'text/plain' }, 'at most 100 MB', { exit: 6, code: 'service-refused' }],
    [
      'an archive without its end',
      200,
      { 'Content-Type': 'application/zip' },
      'PK\u0003\u0004half',
      { exit: 8, code: 'result-unexpected' },
    ],
    [
      'JSON that stops',
      200,
      { 'Content-Type': 'application/json' },
      '{"a": [1, 2',
      { exit: 8, code: 'result-unexpected' },
    ],
  ])('%s leaves no result behind, and what arrived is kept', async (_, status, headers, body, expected) => {
    await using service = await answering(status, headers, body);
    await using workspace = await workspaceWith([
      entry('Open', `${service.origin}/x`, { outputs: ['BCF_ZIP_2_1', 'VALIDATION_JSON_1_0'] }),
    ]);
    const argv = ['invoke', 'open', 'model.ifc', '--no-receipt'];
    expect(await failure(workspace, [...argv, '--no-keep-rejected'])).toMatchObject(expected);
    expect(await readdir(workspace.folder)).toEqual(['model.ifc', 'services.json']);
    expect(await failure(workspace, argv)).toMatchObject(expected);
    const rejected = (await readdir(workspace.folder)).filter((name) => name.endsWith('.rejected'));
    expect(rejected).toHaveLength(status === 200 && body !== '' ? 1 : 0);
    for (const name of rejected) expect(await readFile(join(workspace.folder, name), 'utf8')).toBe(body);
  });

  test('--expect refuses another type, shows what it says, and names where it is kept', async () => {
    await using service = await answering(200, { 'Content-Type': 'application/json' }, '{"a":1}');
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    const argv = ['invoke', 'open', 'model.ifc', '--expect', 'BCF', '--json', '-r', 'services.json'];
    const { code, stdout } = await workspace.run(argv);
    const { error, outcome } = JSON.parse(stdout);
    const kept = join(workspace.folder, 'model.open.json.rejected');
    expect({ code, outcome }).toEqual({ code: 8, outcome: 'done' });
    expect(error).toMatchObject({ code: 'result-unexpected', keptAs: kept });
    expect(error.message).toContain('{"a":1}');
    expect(error.hint).toContain(kept);
    expect(await readFile(kept, 'utf8')).toBe('{"a":1}');
    const receipt = JSON.parse(await readFile(join(workspace.folder, 'model.ifc.open.run.json'), 'utf8'));
    expect(receipt.error.keptAs).toBe(kept);
  });

  test.each([
    [[], 0, null],
    [['-o', 'out.bcf'], 8, 'result-missing'],
    [['--expect', 'BCF_ZIP_2_1'], 8, 'result-missing'],
  ] as const)('B133: 204 with %j is exit %i', async (options, exit, code) => {
    await using service = await answering(204, {}, '');
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    const run = await workspace.run([
      'invoke',
      'open',
      'model.ifc',
      '--json',
      '-r',
      'services.json',
      '--no-receipt',
      ...options,
    ]);
    expect({ exit: run.code, code: JSON.parse(run.stdout).error?.code ?? null }).toEqual({ exit, code });
    expect(await readdir(workspace.folder)).toEqual(['model.ifc', 'services.json']);
  });
});

describe('results and places', () => {
  test('B134: an existing -o FILE is found before anything is sent, and kept', async () => {
    await using service = await answering(200, { 'Content-Type': 'text/plain' }, 'new');
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    await writeFile(join(workspace.folder, 'out.txt'), 'old');
    expect(await failure(workspace, ['invoke', 'open', 'model.ifc', '-o', 'out.txt'])).toMatchObject({
      exit: 7,
      code: 'result-exists',
      outcome: 'not-sent',
    });
    expect(service.requests).toBe(0);
    expect(await readFile(join(workspace.folder, 'out.txt'), 'utf8')).toBe('old');
    const forced = await workspace.run([
      'invoke',
      'open',
      'model.ifc',
      '-o',
      'out.txt',
      '--force',
      '-r',
      'services.json',
    ]);
    expect(forced.code).toBe(0);
    expect(await readFile(join(workspace.folder, 'out.txt'), 'utf8')).toBe('new');
  });

  test('-o - prints only the result, -o DIR/ creates the folder', async () => {
    await using service = await answering(
      200,
      { 'Content-Disposition': 'attachment; filename="../../x.txt"' },
      'result',
    );
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    const argv = ['invoke', 'open', 'model.ifc', '-r', 'services.json'];
    expect(await workspace.run([...argv, '-o', '-'])).toMatchObject({ code: 0, stdout: 'result' });
    expect((await workspace.run([...argv, '-o', 'new/'])).stdout).toBe(
      `${join(workspace.folder, 'new', 'x.txt')}\n`,
    );
    expect(await readdir(join(workspace.folder, 'new'))).toEqual(['x.txt', 'x.txt.run.json']);
  });

  test('several models: one line each, the code of the first that failed', async () => {
    await using service = await answering(
      200,
      { 'Content-Disposition': 'attachment; filename="r.txt"' },
      'result',
    );
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    await writeFile(join(workspace.folder, 'bad.ifc'), 'hello');
    const good = ['model.ifc', 'second.ifc', 'third.ifc'];
    for (const file of good.slice(1))
      await copyFile(join(workspace.folder, 'model.ifc'), join(workspace.folder, file));
    const files = [...good.slice(0, 1), 'bad.ifc', ...good.slice(1)];
    const { code, stdout, stderr } = await workspace.run([
      'invoke',
      'open',
      ...files,
      '--jobs',
      '3',
      '--json',
      '-r',
      'services.json',
    ]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(7);
    expect(lines.map(({ outcome }) => outcome).sort()).toEqual(['done', 'done', 'done', 'not-sent']);
    expect(new Set(lines.flatMap(({ output }) => output?.path ?? [])).size).toBe(3);
    expect(stderr).toMatch(/^error: \S*bad\.ifc is text, but not a model/m);
  });

  test('stdin is a model like any other', async () => {
    await using service = await answering(200, { 'Content-Type': 'text/plain' }, 'fine');
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    const { code, stdout } = await workspace.run(['invoke', 'open', '-', '--json', '-r', 'services.json'], {
      stdin: stepModel({ schema: 'IFC4' }),
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ input: { path: '-', type: 'IFC_STEP_4' }, outcome: 'done' });
  });
});
