// `invoke` with gates and an earlier result: what ends with 10, what is in `--json` and receipts, and what is not sent.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bcfArchive, type TopicSketch, topicEntries } from '../support/bcf.js';
import { OpenService } from '../support/open-service.js';

const CLASH: TopicSketch = {
  title: 'Duct meets beam',
  attributes: 'TopicStatus="Open" TopicType="Clash"',
  inside: '<Priority>High</Priority>',
  selects: ['0aaaaaaaaaaaaaaaaaaaaa'],
};

const zip = (body: Uint8Array) => ({
  status: 200,
  headers: [['Content-Disposition', 'attachment; filename="r.bcf"'] as [string, string]],
  body,
});

async function bcf(...topics: readonly TopicSketch[]): Promise<Buffer> {
  return bcfArchive({ entries: topicEntries(...topics) });
}

test('a gate that finds a match ends with 10, and the result and its receipt are there', async () => {
  await using at = await OpenService.start(zip(await bcf(CLASH, { title: 'Other' })));
  const gates = ['--fail-on', 'status=Open,priority>=Major', '--fail-on', 'topics>5'];
  const { code, stdout, stderr } = await at.invoke(['model.ifc', ...gates, '--json']);
  expect(code, stderr).toBe(10);
  expect(stderr).toContain(
    'error: the gate status=Open,priority>=Major found a match: 1 topic of this kind\n  - Duct meets beam (Clash, Open, High) 0aaaaaaaaaaaaaaaaaaaaa\n',
  );
  const line = JSON.parse(stdout);
  expect(line).toMatchObject({
    outcome: 'done',
    findings: {
      topics: 2,
      gates: [
        { gate: 'status=Open,priority>=Major', state: 'found', topics: ['topic-1'] },
        { gate: 'topics>5', state: 'passed', reason: '2 topics', topics: [] },
      ],
      comparison: null,
      problems: [],
    },
    error: { code: 'gate', exitCode: 10, outcome: 'done', service: 'check' },
  });
  const receipt = JSON.parse(await readFile(join(at.workspace.folder, 'r.bcf.run.json'), 'utf8'));
  expect(receipt).toMatchObject({ findings: line.findings, error: { code: 'gate' } });
});

test('where a gate does not pass, what the service said of the result is printed, too', async () => {
  await using at = await OpenService.start(zip(await bcf(CLASH)));
  const { stderr } = await at.invoke(['model.ifc', '--fail-on', 'topics>0']);
  expect(stderr).toMatch(/^model\.ifc: done \(BCF_ZIP_2_1, .*\)\nerror: the gate topics>0 found a match/m);
});

test('gates that pass say so', async () => {
  await using at = await OpenService.start(zip(await bcf(CLASH)));
  const { code, stderr } = await at.invoke(['model.ifc', '--fail-on', 'status=Closed']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(
    'model.ifc: the gate status=Closed passed: 0 topics of this kind (in the result: status: "Open" 1)\n',
  );
});

test('a wrong gate, and a result on stdout, are errors before anything is sent', async () => {
  await using at = await OpenService.start(zip(await bcf()));
  expect((await at.invoke(['model.ifc', '--fail-on', 'topic>0'])).code).toBe(2);
  expect((await at.invoke(['model.ifc', '--fail-on', 'new>0'])).code).toBe(2);
  expect((await at.invoke(['model.ifc', '--fail-on', 'topics>0', '-o', '-'])).code).toBe(2);
  expect((await at.invoke(['model.ifc', '--baseline', 'none.bcf'])).code).toBe(7);
  await at.models('a.ifc', 'b.ifc');
  await writeFile(join(at.workspace.folder, 'last.bcf'), await bcf());
  const several = await at.invoke(['a.ifc', 'b.ifc', '--baseline', 'last.bcf']);
  expect(several).toMatchObject({ code: 2, stderr: /is the result of one model/ });
  expect(at.server.callsTo('run')).toEqual([]);
});

test('no result: gates on topics pass, gates on JSON do not, and --require-result fails', async () => {
  await using at = await OpenService.start({ status: 204, headers: [], body: '' });
  const run = async (...more: string[]) => at.invoke(['model.ifc', ...more]);
  expect((await run('--fail-on', 'topics>0')).code).toBe(0);
  expect(await run('--fail-on', '/failed>0')).toMatchObject({
    code: 10,
    stderr: /could not be checked: there is no result, and this gate checks values of JSON/,
  });
  expect(await run('--fail-on', 'topics>0', '--require-result')).toMatchObject({
    code: 8,
    stderr: /found nothing to report \(204\)[\s\S]*Without -o, --require-result and --expect/,
  });
});

test('gates on a JSON result', async () => {
  const body = '{"status":false,"summary":{"failed":3}}';
  await using at = await OpenService.start({
    status: 200,
    headers: [['Content-Type', 'application/json']],
    body,
  });
  const run = async (gate: string) =>
    (await at.invoke(['model.ifc', '-o', 'r.json', '--force', '--fail-on', gate])).code;
  expect(await run('/summary/failed>0')).toBe(10);
  expect(await run('/summary/failed>3')).toBe(0);
  expect(await run('topics>0')).toBe(10);
});

test('a result of which a part cannot be read ends with 8', async () => {
  const entries = { ...topicEntries(CLASH), 'bad/markup.bcf': '<Markup>' };
  await using at = await OpenService.start(zip(await bcfArchive({ entries })));
  const { code, stderr } = await at.invoke(['model.ifc', '--fail-on', 'topics>5']);
  expect(code).toBe(8);
  expect(stderr).toContain('- bad/markup.bcf is no whole XML: Unclosed root tag (line 1)\n');
});

test('the earlier result is read before the new one takes its place; gone is resolved only for another model', async () => {
  const runs = [
    await bcf(
      { ...CLASH, guid: 'a1' },
      { guid: 'a2', title: 'Fixed soon', selects: ['0aaaaaaaaaaaaaaaaaaaaa'] },
    ),
    await bcf(
      { ...CLASH, guid: 'b1' },
      { guid: 'b2', title: 'Came later', selects: ['0aaaaaaaaaaaaaaaaaaaaa'] },
    ),
  ];
  await using at = await OpenService.start((call) => zip(runs[Math.min(call, 2) - 1] ?? Buffer.alloc(0)));
  const line = ['model.ifc', '-o', 'r.bcf', '--force', '--json'];
  expect((await at.invoke(line)).code).toBe(0);
  await writeFile(
    join(at.workspace.folder, 'other.ifc'),
    await readFile(join(at.workspace.folder, 'model.ifc')),
  );
  const gate = ['--baseline', 'r.bcf', '--fail-on', 'new>0'];
  const same = await at.invoke([...line, ...gate]);
  expect(JSON.parse(same.stdout).findings.comparison).toMatchObject({
    new: 1,
    persisting: 1,
    gone: 1,
    resolved: null,
    note: 'the model is the same',
    matchedBy: { guid: 0, content: 1 },
  });
  expect(same.code).toBe(10);
  expect(same.stderr).toContain('- Came later 0aaaaaaaaaaaaaaaaaaaaa\n');
  // The same findings once more: nothing is new.
  expect((await at.invoke([...line, ...gate])).code).toBe(0);
});

test('a folder of receipts has the earlier result of each model; a model without one has only new topics', async () => {
  let title = 'One';
  await using at = await OpenService.start(zip(await bcf({ title })));
  await at.models('a.ifc', 'b.ifc');
  expect((await at.invoke(['a.ifc', '-o', 'now/{model}/{name}'])).code).toBe(0);
  await mkdir(join(at.workspace.folder, 'last'));
  for (const name of ['r.bcf', 'r.bcf.run.json'])
    await rename(join(at.workspace.folder, 'now/a', name), join(at.workspace.folder, 'last', name));
  title = 'Two';
  const run = await at.invoke([
    'a.ifc',
    'b.ifc',
    '-o',
    'now/',
    '--baseline',
    'last',
    '--fail-on',
    'new>0',
    '--json',
  ]);
  const found = run.stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  const counts = Object.fromEntries(found.map(({ input, findings }) => [input.path, findings.comparison]));
  expect(counts).toMatchObject({
    'a.ifc': { new: 0, persisting: 1, baseline: join(at.workspace.folder, 'last/r.bcf') },
    'b.ifc': { new: 1, persisting: 0, baseline: null },
  });
  expect(run.code).toBe(10);
  expect(run.stderr).toContain('b.ifc: error: the gate new>0 found a match: 1 new topic');
});

test('a model that --skip-done does not send again is judged, too', async () => {
  await using at = await OpenService.start(zip(await bcf(CLASH)));
  const line = ['model.ifc', '-o', 'out/', '--skip-done'];
  expect((await at.invoke(line)).code).toBe(0);
  const again = await at.invoke([...line, '--fail-on', 'topics>0', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({
    skipped: true,
    findings: { topics: 1 },
    error: { code: 'gate' },
  });
  expect(again.code).toBe(10);
  expect(at.server.callsTo('run')).toHaveLength(1);
});

test('--report writes what was found in each result', async () => {
  await using at = await OpenService.start(zip(await bcf(CLASH)));
  await at.models('a.ifc', 'b.ifc');
  const report = ['--report', 'junit=out/topics.xml', '--report', 'markdown=out/topics.md'];
  const { code, stderr } = await at.invoke(['a.ifc', 'b.ifc', '-o', 'out/', ...report]);
  expect(code, stderr).toBe(0);
  const xml = await readFile(join(at.workspace.folder, 'out/topics.xml'), 'utf8');
  expect(xml.match(/<testsuite name="[^"]*"/g)).toEqual([
    '<testsuite name="a.ifc"',
    '<testsuite name="b.ifc"',
  ]);
  expect(xml).toContain('Duct meets beam');
  expect(await readFile(join(at.workspace.folder, 'out/topics.md'), 'utf8')).toContain('2 open topics');
});
