// What released BIMservers do in spite of their code and their documents (PROTOCOL 1.12), against the strict double.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bimserverWorkspace } from '../support/bimserver-workspace.js';
import { Person } from '../support/browser-double.js';
import type { RunOverrides } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { against, fake } from '../support/peer-meta.js';
import { header } from '../support/strict-server.js';

const ID = 'ifc-validator';

against({ ...fake('BIMserver'), ran: 'what released versions do (1.12)' });

const at = bimserverWorkspace(ID);
const { run, authorized } = at;

const invoke = async (argv: readonly string[] = [], overrides: RunOverrides = {}) => {
  const done = await run(['invoke', ID, 'model.ifc', '--flow', 'sync', '--json', ...argv], overrides);
  return { ...done, line: JSON.parse(done.stdout) };
};

const model = (schema: string) => writeFile(join(at.workspace.folder, 'model.ifc'), stepModel({ schema }));

/** The Input-Type of each run. */
const sentTypes = () => at.server.server.callsTo('invoke').map((call) => header(call, 'input-type'));

describe('the types of models that it takes', () => {
  test.each([
    ['IFC2X3', 'IFC_STEP_2X3TC1', 'IFC_STEP_2X3TC1'],
    ['IFC4', 'IFC_STEP_4', 'IFC_STEP'],
    ['IFC4X3_ADD2', 'IFC_STEP_4X3', 'IFC_STEP'],
  ])('%s is sent as a type that it knows; the receipt has the true one', async (schema, type, sent) => {
    await authorized({ storesRuns: true });
    await model(schema);
    const done = await invoke(['-v']);
    expect(done, done.stderr).toMatchObject({ code: 0, line: { input: { type, announcedType: sent } } });
    expect(sentTypes()).toEqual([sent]);
    expect(done.stderr.includes(`takes it as ${sent}`)).toBe(sent !== type);
    const receipt = join(at.workspace.folder, 'validationresults.bcfzip.run.json');
    expect(JSON.parse(await readFile(receipt, 'utf8')).input).toMatchObject({ type, announcedType: sent });
  });

  test('a type that the service lists is sent as it is', async () => {
    await authorized({ inputs: ['ifc4'] });
    await model('IFC4');
    await invoke();
    expect(sentTypes()).toEqual(['IFC_STEP_4']);
  });

  test.each([true, false])(
    'a type that is named is sent, and its refusal explained (stored runs: %s)',
    async (storesRuns) => {
      await authorized({ storesRuns });
      await model('IFC4');
      const done = await invoke(['--input-type', 'IFC_STEP_4']);
      expect(done).toMatchObject({ code: 6, line: { error: { code: 'service-failed' } } });
      expect(done.line.error.hint).toContain('--input-type IFC_STEP');
      expect(sentTypes()).toEqual(['IFC_STEP_4']);
    },
  );
});

describe('the end of a token is not told', () => {
  const authorize = async () => {
    await using person = new Person();
    const done = await run(['authorize', ID, '--json'], { browser: person });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    return done;
  };

  test('neither `authorize` nor `status` names a date, and a job that looks for tokens that end finds none', async () => {
    const { stdout, stderr } = await authorize();
    expect(JSON.parse(stdout)).toMatchObject({ expiresAt: null });
    expect(stderr).toContain(`${ID} is authorized.`);
    const later = { clockShiftMs: 25 * 3_600_000 };
    const status = await run(['status', ID, '--fail-if-expires-in', '30d', '--json'], later);
    expect(status).toMatchObject({ code: 0 });
    expect(JSON.parse(status.stdout).services).toMatchObject([
      { status: 'authorized', token: { expiresAt: null } },
    ]);
    expect((await run(['status', ID], later)).stdout).not.toMatch(/refreshed|expired/);
  });

  test('a record with the reported date, of an earlier version, is read like that too', async () => {
    await authorize();
    const folder = join(at.workspace.configDir, 'credentials');
    const [name = ''] = (await readdir(folder)).filter((file) => file.startsWith('token-'));
    const record = JSON.parse(await readFile(join(folder, name), 'utf8'));
    expect(record).toMatchObject({ expiresAt: null, refreshToken: null });
    await writeFile(join(folder, name), JSON.stringify({ ...record, expiresAt: 1, refreshToken: 'r' }));
    expect((await run(['status', ID])).stdout).not.toMatch(/refreshed|expired/);
    expect(await run(['token', ID])).toMatchObject({ code: 0 });
  });

  test('--refresh says that BIMserver does not do that, and asks for nothing', async () => {
    await authorize();
    const done = await run(['token', ID, '--refresh']);
    expect(done.code).toBe(4);
    expect(done.stderr).toContain('BIMserver does not do that');
    expect(done.stderr).toContain(`bimservice authorize ${ID}`);
    expect(at.server.server.callsTo('token')).toHaveLength(1);
  });
});

describe('an empty response', () => {
  test('without Output-Type it is a refusal, also with --allow-empty, and never a result', async () => {
    await authorized({ tokensExpired: true });
    const done = await invoke(['--allow-empty']);
    expect(done).toMatchObject({ code: 4, line: { output: null, error: { code: 'token-refused' } } });
    expect(done.line.error.hint).not.toContain('--allow-empty');
    expect(
      (await readdir(at.workspace.folder)).filter((name) => !/model|config|\.run\.json$/.test(name)),
    ).toEqual([]);
  });

  test('with Output-Type it is an empty result: the token is not blamed, and --allow-empty takes it', async () => {
    await authorized({ storesRuns: true, result: new Uint8Array() });
    const done = await invoke();
    expect(done).toMatchObject({ code: 8, line: { error: { code: 'result-missing' } } });
    expect(`${done.line.error.message} ${done.line.error.hint}`).not.toMatch(/token|authorize/);
    const taken = await invoke(['--allow-empty', '-o', 'empty.bcfzip']);
    expect(taken).toMatchObject({ code: 0, line: { outcome: 'done', output: { bytes: 0 } } });
  });
});

describe('what a run leaves behind', () => {
  test('an old Excel file that is labeled XLSX is filed by its content, with its label', async () => {
    const result = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000, 7)]);
    await authorized({
      outputs: ['INFO_3D_EXCEL_1_0'],
      result,
      headers: {
        'Output-Type': 'VALIDATION_XLSX_1_0',
        'Content-Type': 'application/excel',
        'Content-Disposition': 'areas.xlsx',
      },
    });
    const done = await invoke();
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const { output, warnings } = done.line;
    expect(output).toMatchObject({
      path: join(at.workspace.folder, 'areas.xls'),
      type: null,
      announcedType: 'VALIDATION_XLSX_1_0',
    });
    expect(warnings).toEqual([expect.stringContaining('an old Office file')]);
  });

  test.each(['sync', 'auto'])('--flow %s: the receipt has the flow of the result', async (flow) => {
    await authorized({});
    const done = await run(['invoke', ID, 'model.ifc', '--flow', flow, '--json']);
    const line = JSON.parse(done.stdout);
    expect(line).toMatchObject({ flow: flow === 'sync' ? 'sync' : 'async', warnings: [] });
    const receipt = join(at.workspace.folder, 'validationresults.bcfzip.run.json');
    expect(JSON.parse(await readFile(receipt, 'utf8'))).toMatchObject(line);
  });

  test('a failed run has them as well', async () => {
    await authorized({ botError: { code: 7, message: 'No walls' } });
    await model('IFC4');
    const done = await invoke();
    expect(done).toMatchObject({
      code: 6,
      line: { flow: 'sync', warnings: [expect.stringContaining('does not list IFC_STEP_4')] },
    });
  });
});
