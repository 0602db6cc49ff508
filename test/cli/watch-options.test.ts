// The options of `watch`, its mistakes, and what is in the folder of results; in the process of the test, with --once.
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CliResult, RunOverrides } from '../support/cli.js';
import { bcfZip } from '../support/fixtures.js';
import { revision, WatchWorkspace } from '../support/watching.js';

const once = (
  at: WatchWorkspace,
  more: readonly string[] = [],
  overrides: RunOverrides = {},
): Promise<CliResult> =>
  at.workspace.run(
    ['watch', 'check', 'models', '-r', 'list.json', '-o', 'results', '--settle', '0', '--once', ...more],
    overrides,
  );

/** A command that writes its arguments and its environment to `out.json`. */
async function recorder(at: WatchWorkspace, exitCode = 0): Promise<string> {
  const text = `#!${process.execPath}
require('node:fs').writeFileSync('out.json', JSON.stringify({ argv: process.argv.slice(2), env: process.env }));
console.log('from the command');
process.exit(${exitCode});`;
  await writeFile(at.path('record.cjs'), text);
  await chmod(at.path('record.cjs'), 0o755);
  return at.path('record.cjs');
}

test('--on-result gets words and no shell: a hostile name stays one word, and no token is in its environment', async () => {
  await using at = await WatchWorkspace.create();
  const name = "a; touch x $(touch y) 'z' {hash}.ifc";
  await at.save(name, revision(1));
  const program = await recorder(at);
  const overrides = { env: { BIMSERVICE_PASSPHRASE: 'a secret of the environment', KEPT: 'yes' } };
  const places = "'{model}' '{outcome} {exitCode}' '{result}' '{receipt}' '{folder}' '{hash}' '{service}'";
  const done = await once(at, ['--on-result', `${program} ${places}`], overrides);
  expect(done.code, done.stderr).toBe(0);
  const { argv, env } = JSON.parse(await readFile(at.path('out.json'), 'utf8'));
  const result = done.stdout.trim();
  expect(argv).toEqual([
    at.path(`models/${name}`),
    'done 0',
    result,
    `${result}.run.json`,
    join(result, '..'),
    expect.stringMatching(/^[0-9a-f]{64}$/),
    'check',
  ]);
  expect(env.KEPT).toBe('yes');
  expect(JSON.stringify(env)).not.toContain('a secret of the environment');
  expect(done.stderr).toContain('from the command\n');
  expect(await readdir(at.workspace.folder)).not.toContain('y');
});

test('--on-result also hears of a refusal; its own failure is a warning', async () => {
  await using at = await WatchWorkspace.create();
  await at.save('a.ifc', revision(1));
  at.respond = (response) => response.writeHead(415).end();
  const line = `${await recorder(at, 3)} {outcome} {exitCode} {result}`;
  const done = await once(at, ['--json', '--on-result', line]);
  expect(done.code).toBe(6);
  expect(JSON.parse(await readFile(at.path('out.json'), 'utf8')).argv).toEqual(['refused', '6', '']);
  expect(done.stderr).toContain('ended with exit code 3');
  expect(done.stdout).toContain('"onResult":3');
  const missing = await once(at, ['--always', '--on-result', './none']);
  expect(missing.code).toBe(0);
});

test('gates and reports as for invoke: a gate is final for its revision, and a report is beside its result', async () => {
  await using at = await WatchWorkspace.create();
  await at.save('a.ifc', revision(1));
  const bcf = await bcfZip({ version: '2.1', topics: [{ title: 'Two GlobalIds', type: 'Error' }] });
  at.respond = (response) => response.writeHead(200, { 'Output-Type': 'BCF_ZIP_2_1' }).end(bcf);
  const gates = ['--fail-on', 'topics>0', '--report', 'junit=topics.xml'];
  const done = await once(at, gates);
  expect(done.code, done.stderr).toBe(10);
  expect(done.stderr).toMatch(/topics>0/);
  expect(await readFile(at.path('results/a/latest/topics.xml'), 'utf8')).toMatch(
    /<testsuite name="models\/a\.ifc" tests="2" failures="2"/,
  );
  const again = await once(at, gates);
  expect(again).toMatchObject({ code: 0, stdout: '' });
  expect(at.runs).toHaveLength(1);
  const wrong = await once(at, ['--fail-on', 'topcis>0']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('Did you mean');
});

test('a service that is not there: --once does not speak of a next try of its own', async () => {
  await using at = await WatchWorkspace.create();
  await at.save('a.ifc', revision(1));
  at.respond = (response) => response.writeHead(503).end();
  const done = await once(at);
  expect(done.code, done.stderr).toBe(6);
  expect(done.stderr).toContain('  Not run: 1 model. The next start of this command tries again.\n');
});

test.each<[string, string[], number, string]>([
  ['a placeholder that does not exist', ['--on-result', 'x {modell}'], 2, 'unknown placeholder {modell}'],
  ['a quote that is open', ['--on-result', "x 'y"], 2, 'cannot be split'],
  ['an empty command', ['--on-result', ' '], 2, 'is empty'],
  ['a path that is not there', ['modles'], 7, 'there is no file or folder modles'],
  ['a word that is no type', ['--expect', 'BFC'], 2, 'BFC'],
])('%s', async (_, more, code, words) => {
  await using at = await WatchWorkspace.create();
  await at.save('a.ifc', revision(1));
  const done = await once(at, more);
  expect(done.code, done.stderr).toBe(code);
  expect(done.stderr).toContain(words);
  expect(at.runs).toEqual([]);
});

test('a folder of results belongs to one service, to one watch at a time, and its damaged state is not overwritten', async () => {
  await using at = await WatchWorkspace.create();
  await at.save('a.ifc', revision(1));
  expect(await once(at)).toMatchObject({ code: 0 });
  const state = at.path('results/.bimservice-watch.json');
  const good = await readFile(state, 'utf8');
  for (const [text, code, words] of [
    [good.replace('/run', '/other'), 2, 'has the results of another service'],
    [good.slice(0, 40), 7, 'is not JSON'],
    [good.replace('"version": 1', '"version": 2'), 7, 'was written by a newer bimservice'],
  ] as const) {
    await writeFile(state, text);
    const done = await once(at);
    expect(done.code, done.stderr).toBe(code);
    expect(done.stderr).toContain(words);
    expect(await readFile(state, 'utf8')).toBe(text);
  }
  expect(at.runs).toHaveLength(1);
});

test('results among the models trigger nothing, and neither does a re-export', async () => {
  await using at = await WatchWorkspace.create();
  at.respond = (response, model) => {
    response.writeHead(200, { 'Content-Disposition': 'attachment; filename="repaired.ifc"' }).end(model);
  };
  await at.save('a.ifc', revision(1));
  const inside = ['-o', 'models/results'];
  expect(await once(at, inside)).toMatchObject({ code: 0 });
  expect(await once(at, inside)).toMatchObject({ code: 0, stdout: '' });
  await at.save('a.ifc', Buffer.from(revision(1).toString().replace('2024-01-01', '2026-11-27')));
  expect(await once(at, inside)).toMatchObject({ code: 0, stdout: '' });
  expect(at.runs).toHaveLength(1);
  await at.save('a.ifc', revision(1));
  expect(await once(at, [...inside, '--always'])).toMatchObject({ code: 0 });
  expect(at.runs).toHaveLength(2);
});

test('a refused model is not sent again by the next --once, and a model that cannot be sent is', async () => {
  await using at = await WatchWorkspace.create();
  await mkdir(at.path('results'), { recursive: true });
  await at.save('a.ifc', revision(1));
  await at.stop();
  expect(await once(at)).toMatchObject({ code: 5 });
  await at.serve();
  at.respond = (response) => response.writeHead(422).end('no');
  expect(await once(at)).toMatchObject({ code: 6 });
  expect(await once(at)).toMatchObject({ code: 0, stdout: '' });
  expect(at.runs).toHaveLength(1);
});
