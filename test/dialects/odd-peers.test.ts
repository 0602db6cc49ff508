// Peers that do not take a model as the body of a request (PROTOCOL 1.10), as far as an entry can describe it.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { bcfZip, stepModel } from '../support/fixtures.js';
import { against, fake } from '../support/peer-meta.js';

const MODEL = stepModel({ schema: 'IFC2X3' }).toString();
const RULES = '<mvdXML uuid="1"/>';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'häuser "neu".ifc'), MODEL);
  await writeFile(join(workspace.folder, 'rules.mvdxml'), RULES);
});

afterEach(async () => {
  await workspace[Symbol.asyncDispose]();
});

/** A form as Node's own reader parses it, which this project did not write. */
async function readForm(request: IncomingMessage): Promise<FormData> {
  const body = Readable.toWeb(request) as ReadableStream<Uint8Array>;
  const headers = { 'Content-Type': request.headers['content-type'] ?? '' };
  return new Response(body, { headers }).formData();
}

interface Checker extends AsyncDisposable {
  list: string;
  seen: Array<{ form: FormData; length: string | undefined }>;
}

/** mvdXMLChecker: `/servicelist` without OAuth, a form with two files, a BCF or 204. */
async function startChecker(answer: 'bcf' | 'nothing'): Promise<Checker> {
  const bcf = await bcfZip({ version: '2.0', topics: [{ title: 'Name is missing' }] });
  const seen: Checker['seen'] = [];
  const server = createServer(async (request, response) => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (request.method === 'GET') {
      const entry = {
        name: 'mvdXML check',
        inputs: ['IFC_STEP_2X3TC1'],
        outputs: ['BCF_ZIP_2_0'],
        resourceUrl: `${origin}/check`,
        upload: 'multipart',
        modelField: 'ifcFile',
        fields: { mvdXMLfile: 'the rules, an mvdXML file' },
      };
      response.setHeader('Content-Type', 'application/json');
      return void response.end(JSON.stringify({ services: [entry] }));
    }
    seen.push({ form: await readForm(request), length: request.headers['content-length'] });
    if (answer === 'nothing') return void response.writeHead(204).end();
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': 'attachment; filename="result.bcfzip"',
      'Content-Length': bcf.length,
    });
    response.end(bcf);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    list: `http://127.0.0.1:${(server.address() as AddressInfo).port}/servicelist`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ARGV = ['invoke', 'mvdxml-check', 'häuser "neu".ifc', '--json'];

describe('a service that takes forms, and says 204 for nothing found (1.10)', () => {
  against(fake('mvdXMLChecker'));

  test('the model and the rules are parts with their names, byte for byte, with a length', async () => {
    await using checker = await startChecker('bcf');
    const done = await workspace.run([
      ...ARGV,
      '--field',
      'mvdXMLfile=@rules.mvdxml',
      '--field',
      'level=2',
      '-r',
      checker.list,
    ]);
    expect(done).toMatchObject({ code: 0 });
    const line = JSON.parse(done.stdout);
    // The model is counted and hashed, not the form around it.
    expect(line.input).toMatchObject({
      bytes: Buffer.byteLength(MODEL),
      sha256: createHash('sha256').update(MODEL).digest('hex'),
    });
    expect(line.output).toMatchObject({ path: join(workspace.folder, 'result.bcfzip'), type: 'BCF_ZIP_2_0' });
    const [{ form, length } = { form: new FormData(), length: undefined }] = checker.seen;
    expect(Number(length)).toBeGreaterThan(Buffer.byteLength(MODEL));
    const model = form.get('ifcFile');
    const rules = form.get('mvdXMLfile');
    if (!(model instanceof File) || !(rules instanceof File)) throw new Error('the files are no files');
    expect(model.name).toBe('häuser "neu".ifc');
    expect(await model.text()).toBe(MODEL);
    expect(await rules.text()).toBe(RULES);
    expect(form.get('level')).toBe('2');
  });

  test('204: nothing found, exit 0, no file', async () => {
    await using checker = await startChecker('nothing');
    const done = await workspace.run([...ARGV, '--field', 'mvdXMLfile=@rules.mvdxml', '-r', checker.list]);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'done', output: null, http: { status: 204 } });
    expect(done.stderr).toContain('found nothing');
  });

  test('a model from a pipe is sent without a length', async () => {
    await using checker = await startChecker('bcf');
    const argv = ['invoke', 'mvdxml-check', '-', '--field', 'mvdXMLfile=@rules.mvdxml', '-r', checker.list];
    expect(await workspace.run(argv, { stdin: MODEL })).toMatchObject({ code: 0 });
    const [{ form, length } = { form: new FormData(), length: '' }] = checker.seen;
    expect(length).toBeUndefined();
    const model = form.get('ifcFile');
    expect(model instanceof File && (await model.text())).toBe(MODEL);
  });

  test('a missing field is named before anything is sent: exit 2', async () => {
    await using checker = await startChecker('bcf');
    const done = await workspace.run([...ARGV, '-r', checker.list]);
    expect(done.code).toBe(2);
    const { error, outcome } = JSON.parse(done.stdout);
    expect(outcome).toBe('not-sent');
    expect(error.message).toContain('mvdXMLfile (the rules, an mvdXML file)');
    expect(error.hint).toContain('--field mvdXMLfile=');
    expect(checker.seen).toHaveLength(0);
  });

  test('a file that does not exist: exit 7', async () => {
    await using checker = await startChecker('bcf');
    expect(
      await workspace.run([...ARGV, '--field', 'mvdXMLfile=@none.mvdxml', '-r', checker.list]),
    ).toMatchObject({
      code: 7,
    });
  });

  test('list and --dry-run show how it is sent', async () => {
    await using checker = await startChecker('bcf');
    const { stdout } = await workspace.run(['list', 'mvdxml-check', '-r', checker.list]);
    expect(stdout).toContain('ifcFile (the model), mvdXMLfile (the rules, an mvdXML file)');
    const dry = await workspace.run([
      'invoke',
      'mvdxml-check',
      'häuser "neu".ifc',
      '--dry-run',
      '--field',
      'mvdXMLfile=@rules.mvdxml',
      '-r',
      checker.list,
    ]);
    expect(dry.stdout).toContain('Content-Type: multipart/form-data; boundary=');
    expect(dry.stdout).toContain("--form 'mvdXMLfile=@rules.mvdxml'");
    expect(checker.seen).toHaveLength(0);
  });
});

test('--field at a service that takes only the model is a usage error', async () => {
  await writeFile(
    join(workspace.folder, 'open.json'),
    JSON.stringify([{ name: 'Open', resourceUrl: 'http://127.0.0.1:9/' }]),
  );
  const done = await workspace.run([
    'invoke',
    'open',
    'häuser "neu".ifc',
    '--field',
    'a=b',
    '-r',
    'open.json',
  ]);
  expect(done.code).toBe(2);
  expect(done.stderr).toContain('--field');
});
