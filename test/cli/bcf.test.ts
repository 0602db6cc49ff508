// `bcf` on the built program: formats, exit codes, and what is printed where.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bcfArchive, type TopicSketch, topicEntries } from '../support/bcf.js';
import { type CliResult, Workspace } from '../support/cli.js';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);

async function workspace(files: Record<string, readonly TopicSketch[]>): Promise<Workspace> {
  const made = await Workspace.create();
  for (const [name, topics] of Object.entries(files))
    await writeFile(join(made.folder, name), await bcfArchive({ entries: topicEntries(...topics) }));
  return made;
}

const CLASH: TopicSketch = {
  title: 'Duct meets beam',
  attributes: 'TopicStatus="Open" TopicType="Clash"',
  inside: '<Priority>High</Priority>',
  selects: ['0aaaaaaaaaaaaaaaaaaaaa', '1bbbbbbbbbbbbbbbbbbbbb', '2'],
};

test('a table of the topics on stdout; version and warnings on stderr', async () => {
  await using at = await workspace({ 'r.bcf': [CLASH, { title: null, attributes: 'TopicStatus=""' }] });
  const { code, stdout, stderr } = await at.run(['bcf', 'r.bcf']);
  expect(stdout).toBe(
    [
      'TITLE            STATUS   TYPE   PRIORITY  GLOBALIDS                          GUID',
      'Duct meets beam  Open     Clash  High      0aaaaaaaaaaaaaaaaaaaaa and 2 more  topic-1',
      '-                (empty)  -      -         -                                  topic-2',
      '',
    ].join('\n'),
  );
  expect(stderr).toBe(
    'warning: r.bcf: topic-2/markup.bcf: the topic has no title\nr.bcf: BCF 2.1, 2 topics\n',
  );
  expect(code).toBe(0);
});

test('a broken topic does not hide the others, and the exit code says so', async () => {
  await using at = await Workspace.create();
  const entries = { ...topicEntries(CLASH), 'bad/markup.bcf': '<Markup>' };
  await writeFile(join(at.folder, 'r.bcf'), await bcfArchive({ entries }));
  const { code, stdout, stderr } = await at.run(['bcf', 'r.bcf', '--fail-on', 'topics>0']);
  expect(stdout).toContain('Duct meets beam');
  expect(stderr).toContain(
    'error: r.bcf: 1 entry cannot be read\n  - bad/markup.bcf is no whole XML: Unclosed root tag (line 1)\n',
  );
  expect(stderr).toContain('error: the gate topics>0 found a match: 1 topic\n');
  expect(code).toBe(8);
});

test('a gate that finds a match lists the topics and ends with 10; one that passes says so', async () => {
  await using at = await workspace({ 'r.bcf': [CLASH] });
  const gates = ['--fail-on', 'status=Open,priority>=Major', '--fail-on', 'status=Closed'];
  const found = await at.run(['bcf', 'r.bcf', ...gates]);
  expect(found.code).toBe(10);
  expect(found.stderr).toContain(
    'error: the gate status=Open,priority>=Major found a match: 1 topic of this kind\n  - Duct meets beam (Clash, Open, High) 0aaaaaaaaaaaaaaaaaaaaa 1bbbbbbbbbbbbbbbbbbbbb 2\n',
  );
  expect(found.stderr).toContain(
    'r.bcf: the gate status=Closed passed: 0 topics of this kind (in the result: status: "Open" 1)\n',
  );
  const json = JSON.parse((await at.run(['bcf', 'r.bcf', ...gates, '--json'])).stdout);
  expect(json).toMatchObject({
    results: [
      {
        gates: [
          { gate: 'status=Open,priority>=Major', state: 'found', topics: ['topic-1'] },
          { gate: 'status=Closed', state: 'passed', topics: [] },
        ],
      },
    ],
    error: { code: 'gate', exitCode: 10 },
  });
});

test('a wrong gate is an error before anything is read, with a mark under the character', async () => {
  await using at = await Workspace.create();
  const { code, stderr } = await at.run(['bcf', 'none.bcf', '--fail-on', 'status=Open,prioritee>=Major']);
  expect(code).toBe(2);
  expect(stderr.split('\n').slice(0, 3)).toEqual([
    'error: --fail-on: there is no field and no count "prioritee", at character 13',
    '  status=Open,prioritee>=Major',
    '              ^',
  ]);
  expect(stderr).toContain('Did you mean "priority"?');
});

test('gates on JSON results; a result of the wrong kind does not pass', async () => {
  await using at = await workspace({ 'r.bcf': [CLASH] });
  await writeFile(join(at.folder, 'r.json'), '{"status":false,"summary":{"failed":3}}');
  const run = async (file: string, gate: string): Promise<CliResult> =>
    at.run(['bcf', file, '--fail-on', gate]);
  const found = await run('r.json', '/summary/failed>0');
  expect(found).toMatchObject({ code: 10, stdout: '' });
  expect(found.stderr).toBe('error: the gate /summary/failed>0 found a match: /summary/failed is 3\n');
  expect((await run('r.json', '/summary/failed>3')).code).toBe(0);
  expect(await run('r.json', 'topics>0')).toMatchObject({
    code: 10,
    stderr:
      'error: the gate topics>0 could not be checked: the result is JSON, and this gate checks topics of BCF\n',
  });
  expect((await run('r.bcf', '/a>0')).stderr).toContain(
    'the result is BCF, and this gate checks values of JSON',
  );
  expect(await at.run(['bcf', 'r.json'])).toMatchObject({
    code: 8,
    stderr: /r\.json is no BCF\n {2}It is JSON/,
  });
});

test('a receipt and a folder in the place of a result: the command that shows the result', async () => {
  await using at = await workspace({ 'r.bcf': [CLASH] });
  await writeFile(
    join(at.folder, 'r.bcf.run.json'),
    JSON.stringify({ tool: 'bimservice', output: { path: join(at.folder, 'r.bcf') } }),
  );
  expect((await at.run(['bcf', 'r.bcf.run.json'])).stderr).toBe(
    'error: r.bcf.run.json is no BCF\n  It is the receipt of a run. To see the result: bimservice bcf r.bcf\n',
  );
  await mkdir(join(at.folder, 'results'));
  expect((await at.run(['bcf', 'results'])).stderr).toBe(
    'error: results is no BCF\n  It is a folder. To see the results in it: bimservice bcf "results/*.bcf"\n',
  );
});

test('several results: one that cannot be read does not hide the others', async () => {
  await using at = await workspace({ 'a.bcf': [CLASH], 'b.bcf': [{}] });
  const { code, stdout, stderr } = await at.run(['bcf', 'a.bcf', 'none.bcf', 'b.bcf', '--format', 'csv']);
  expect(code).toBe(7);
  expect(stderr).toContain(
    'error: none.bcf cannot be read (no such file or folder, ENOENT)\n  Check the path, and who may read the file.\n',
  );
  expect(stdout.split('\r\n').map((line) => line.slice(0, 14))).toEqual([
    'result,guid,ti',
    'a.bcf,topic-1,',
    'b.bcf,topic-1,',
    '',
  ]);
});

test('a pattern that the shell did not expand means the files that match; none is an error', async () => {
  await using at = await workspace({ 'b.bcf': [{}], 'a.bcf': [CLASH] });
  const { code, stdout, stderr } = await at.run(['bcf', '*.bcf', '--format', 'csv']);
  expect(code, stderr).toBe(0);
  expect([...stdout.matchAll(/^\w\.bcf/gm)].join()).toBe('a.bcf,b.bcf');
  const none = await at.run(['bcf', 'results/*.bcf']);
  expect(none.code).toBe(7);
  expect(none.stderr).toContain('error: no file matches results/*.bcf\n');
});

test('what is new, persisting and gone; resolved only with receipts of two models', async () => {
  const old = { title: 'Old', selects: ['A'] };
  await using at = await workspace({
    'last.bcf': [
      { ...old, guid: 'x1' },
      { guid: 'x2', title: 'Gone', selects: ['A'] },
    ],
    'now.bcf': [
      { ...old, guid: 'y1' },
      { guid: 'y2', title: 'New', selects: ['A'] },
    ],
  });
  const line = ['bcf', 'now.bcf', '--baseline', 'last.bcf', '--fail-on', 'new>0'];
  const { code, stdout, stderr } = await at.run(line);
  expect(stdout.split('\n').map((row) => row.split(/ {2,}/).slice(0, 2))).toEqual([
    ['TITLE', 'CHANGE'],
    ['Old', 'persisting'],
    ['New', 'new'],
    ['Gone', 'gone'],
    [''],
  ]);
  expect(stderr).toContain(
    'now.bcf: 1 new, 1 persisting, 1 not in this result (not called resolved: a receipt with the hash of the model is missing)\n',
  );
  expect(stderr).toContain('error: the gate new>0 found a match: 1 new topic\n  - New A\n');
  expect(code).toBe(10);

  const receipt = async (result: string, sha256: string, resourceUrl = 'https://bim.example/a') =>
    writeFile(
      join(at.folder, `${result}.run.json`),
      JSON.stringify({
        tool: 'bimservice',
        service: { id: 'a', resourceUrl },
        input: { path: 'm.ifc', sha256 },
        output: { path: `/elsewhere/${result}`, bytes: (await readFile(join(at.folder, result))).length },
      }),
    );
  const compared = async (baseline = 'last.bcf') =>
    JSON.parse((await at.run(['bcf', 'now.bcf', '--baseline', baseline, '--json'])).stdout).results[0]
      .comparison;
  await receipt('last.bcf', 'one');
  await receipt('now.bcf', 'two');
  expect(await compared()).toMatchObject({
    new: 1,
    persisting: 1,
    gone: 1,
    resolved: 1,
    note: null,
    matchedBy: { guid: 0, content: 1 },
  });
  expect(await compared('last.bcf.run.json')).toMatchObject({ resolved: 1 });
  await receipt('now.bcf', 'one');
  expect(await compared()).toMatchObject({ resolved: null, note: 'the model is the same' });
  await receipt('now.bcf', 'two', 'https://bim.example/b');
  expect(await compared()).toMatchObject({ resolved: null, note: 'another service made the earlier result' });
});

test('a baseline that is not there is an error, and so is a count without one', async () => {
  await using at = await workspace({ 'r.bcf': [CLASH] });
  expect(await at.run(['bcf', 'r.bcf', '--baseline', 'last.bcf'])).toMatchObject({
    code: 7,
    stderr:
      /last\.bcf cannot be read .*\n {2}For a first run without an earlier result leave --baseline out\./,
  });
  expect(await at.run(['bcf', 'r.bcf', '--fail-on', 'new>0'])).toMatchObject({
    code: 2,
    stderr: /"new" compares with an earlier result, at character 1/,
  });
});

test('--snapshots saves each picture under a name of its topic', async () => {
  await using at = await Workspace.create();
  const view = (name: string) => `<Viewpoints Guid="${name}"><Snapshot>${name}</Snapshot></Viewpoints>`;
  const [markup = ''] = Object.values(
    topicEntries({ guid: '../../T', beside: view('a.png') + view('b.png') + view('c.png') }),
  );
  const entries = {
    'T/markup.bcf': markup,
    'T/a.png': PNG,
    'T/b.png': Buffer.from([0xff, 0xd8, 0xff, 0]),
    'T/c.png': '<script>',
  };
  await writeFile(join(at.folder, 'r.bcf'), await bcfArchive({ entries }));
  const { code, stderr } = await at.run(['bcf', 'r.bcf', '--snapshots', 'out/pictures']);
  expect(code, stderr).toBe(0);
  expect((await readdir(join(at.folder, 'out/pictures'))).sort()).toEqual(['T.jpg', 'T.png']);
  expect(await readFile(join(at.folder, 'out/pictures/T.png'))).toEqual(PNG);
  expect(stderr).toContain('warning: r.bcf: T/c.png is neither PNG nor JPEG\n');
});
