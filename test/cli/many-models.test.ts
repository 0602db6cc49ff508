// What is shown of several models: one line for each in a pipe, live lines on a terminal, and nothing twice.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../support/cli.js';
import { OpenService } from '../support/open-service.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';

const MODELS = ['a.ifc', 'b.ifc', 'c.ifc', 'd.ifc'];

describe('in a pipe', () => {
  test.each(['1', '3'])(
    '--jobs %s: one line for each model, a warning that is the same once',
    async (jobs) => {
      await using at = await OpenService.start({ status: 200, body: 'fine' }, { inputs: ['CITYGML'] });
      await at.models(...MODELS);
      const { code, stdout, stderr } = await at.invoke([...MODELS, '-o', 'out/', '--jobs', jobs]);
      expect(code, stderr).toBe(0);
      expect(stdout.trim().split('\n')).toHaveLength(4);
      const lines = stderr.trim().split('\n');
      expect(lines.filter((line) => line.startsWith('warning: '))).toHaveLength(1);
      for (const model of MODELS)
        expect(lines.filter((line) => line.startsWith(`${model}:`))).toHaveLength(1);
      expect(lines.slice(-6)).toEqual([
        expect.stringMatching(/^MODEL +OUTCOME +EXIT +RESULT$/),
        ...MODELS.map((model) =>
          expect.stringMatching(new RegExp(`^${model} +done +0 +${model[0]}\\.check\\.txt \\(4 B\\)$`)),
        ),
        '4 of 4 models done.',
      ]);
      expect(lines).toHaveLength(12);
    },
  );

  test('a model with nothing to report and one that fails have a line, too', async () => {
    await using at = await OpenService.start((call) =>
      call === 1 ? { status: 204 } : { status: 500, body: 'no' },
    );
    await at.models('a.ifc', 'b.ifc');
    const { code, stderr } = await at.invoke(['a.ifc', 'b.ifc', '-o', 'out/']);
    expect(code).toBe(6);
    expect(stderr).toContain('a.ifc: done (nothing to report)\n');
    expect(stderr).toContain('b.ifc: error: check failed (500): no\n');
  });
});

test('the path of a model is not repeated in the message about it', async () => {
  await using at = await OpenService.start({ status: 200, body: 'fine' });
  await at.models('a.ifc');
  await writeFile(join(at.workspace.folder, 'no.ifc'), '');
  const { stderr } = await at.invoke(['a.ifc', 'no.ifc', '-o', 'out/']);
  expect(stderr).toMatch(/^error: \S*no\.ifc is empty \(0 bytes\)$/m);
  expect(stderr).toMatch(/^no\.ifc +not-sent +2 +is empty \(0 bytes\)$/m);
});

describe.skipIf(NO_TERMINAL !== null)('on a terminal', () => {
  test('a line for each running model, one for all with the time left, and every result is still printed', async () => {
    await using at = await OpenService.start({ status: 200, body: 'fine', delayMs: 1500 });
    await at.models(...MODELS);
    const argv = [process.execPath, PROGRAM, 'invoke', 'check', ...MODELS, '-r', 'list.json'];
    const options = ['-o', 'out/', '--jobs', '2', '--no-input'];
    const { code, stdout } = await atTerminal(`stty cols 80 rows 24; ${[...argv, ...options].join(' ')}`, {
      cwd: at.workspace.folder,
      env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: at.workspace.configDir, TERM: 'xterm' },
    });
    expect(code, stdout).toBe(0);
    const frames = stdout.split(/of 4 models finished/);
    expect(
      frames.some((frame) => /a\.ifc: service is working[\s\S]*b\.ifc: service is working/.test(frame)),
    ).toBe(true);
    expect(frames.some((frame) => /c\.ifc: [\s\S]*d\.ifc: /.test(frame))).toBe(true);
    expect(stdout).toMatch(/2 of 4 models finished, 0:0\d left/);
    for (const model of MODELS) expect(stdout).toContain(`/out/${model.replace('.ifc', '.check.txt')}\n`);
  });
});

test('a model that is named twice is sent once, with a warning', async () => {
  await using at = await OpenService.start({ status: 200, body: 'fine' });
  await at.models('a.ifc');
  const { code, stderr } = await at.invoke(['a.ifc', './a.ifc', '-o', 'one.txt']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('warning: ./a.ifc is named more than once; it is sent once');
  expect(at.server.callsTo('run')).toHaveLength(1);
});
