// G22: what a response is, for every mix of label, content, promise, status and --expect, by the table of docs/results.md.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { StrictServer } from '../support/strict-server.js';
import { type Case, casesOf, makeContents, RUNS, type RunOf } from './g22-cases.js';
import { ROWS } from './g22-rules.js';
import { sha256 } from './sandbox.js';

/** Models differ by their length, which nothing on the way changes. */
const FIRST_LENGTH = 3000;

interface Line {
  input: { path: string };
  outcome: string;
  output: { path: string; type: string | null; sha256: string } | null;
  error: { code: string; exitCode: number; keptAs?: string | null } | null;
}

/** The number in docs/reliability.md. */
const COUNT = 828;

const contents = await makeContents();
const seenRows = new Set<number>();
let ran = 0;

describe('G22', () => {
  it.concurrent.for(RUNS.map((run) => [run.id, run] as const))('G22 %s', async ([, run], { expect }) => {
    const cases = casesOf(run, contents);
    const broken = await brokenIn(run, cases);
    expect(broken, broken.join('\n')).toEqual([]);
    for (const { promised } of cases) seenRows.add(promised.row);
    ran += cases.length;
  });

  it(`has the ${COUNT} cases of the table`, ({ expect }) => {
    expect(new Set(RUNS.flatMap((run) => casesOf(run, contents)).map(({ title }) => title)).size).toBe(COUNT);
  });

  it('the cases use every row of docs/results.md that a service can cause', ({ expect }) => {
    expect(ROWS.map(({ row }) => row).filter((row) => !seenRows.has(row))).toEqual([]);
  });

  afterAll(() => console.info(`faults G22: ${ran} cases`));
});

/** Runs all cases in one process, one model for each, and returns what is not as promised. */
async function brokenIn(run: RunOf, cases: readonly Case[]): Promise<string[]> {
  await using server = await StrictServer.start({
    run: {
      method: 'POST',
      path: '/run',
      handle: ({ body }) => {
        const found = cases[body.length - FIRST_LENGTH];
        if (found === undefined) return { status: 599 };
        const { status, label, content } = found;
        return { status, headers: Object.entries(label.headers), body: status === 204 ? '' : content.bytes };
      },
    },
  });
  await using workspace = await Workspace.create();
  const list = [{ name: 'Check', resourceUrl: `${server.origin}/run`, outputs: run.outputs }];
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
  const models = cases.map((_, n) => `m${n}.ifc`);
  await Promise.all(
    models.map((name, n) =>
      writeFile(join(workspace.folder, name), stepModel({ schema: 'IFC4', bytes: FIRST_LENGTH + n })),
    ),
  );
  const many = ['-r', 'list.json', '-o', 'out/', '--jobs', '8', '--json', ...run.options];
  const { stdout, stderr } = await workspace.spawn(['invoke', 'check', ...models, ...many]);
  const lines: Line[] = stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  const byModel = new Map(lines.map((line) => [line.input.path, line]));
  const warnings = warningsIn(stderr);
  const files = new Set<string>();
  const broken: string[] = [];
  for (const [n, found] of cases.entries()) {
    const line = byModel.get(`m${n}.ifc`);
    const wrong = line === undefined ? ['no line'] : await wrongIn(line, found, warnings);
    if (wrong.length > 0) broken.push(`${found.title} (row ${found.promised.row}): ${wrong.join(', ')}`);
    for (const path of [line?.output?.path, line?.error?.keptAs]) if (path) files.add(basename(path));
  }
  const there = (await readdir(join(workspace.folder, 'out'))).filter((name) => !name.endsWith('.run.json'));
  const unnamed = there.filter((name) => !files.has(name));
  if (unnamed.length > 0) broken.push(`files that no line names: ${unnamed.join(' ')}`);
  if (server.callsTo('run').length !== cases.length) broken.push('a model was not sent exactly once');
  return broken;
}

async function wrongIn(line: Line, found: Case, warnings: readonly Warning[]): Promise<string[]> {
  const { promised, content, status } = found;
  const wrong: string[] = [];
  const check = (what: string, is: unknown, wanted: unknown) => {
    if (is !== wanted) wrong.push(`${what} is ${String(is)}, not ${String(wanted)}`);
  };
  check('exit', line.error?.exitCode ?? 0, promised.exit);
  check('code', line.error?.code ?? null, promised.code);
  check('outcome', line.outcome, outcomeOf(found));
  const isResult = promised.kind.startsWith('result');
  check('has a result', line.output !== null, isResult);
  // A refusal by status shows its reason and keeps nothing. Everything else that arrived is kept.
  const keeps = promised.kind === 'error' && status < 400 && status !== 204;
  check('is kept', typeof line.error?.keptAs === 'string', keeps);
  const path = line.output?.path ?? line.error?.keptAs;
  if (path) check('bytes', sha256(await readFile(path)), sha256(content.bytes));
  if (path && !isResult) check('kept with the ending', extname(path), '.rejected');
  if (line.output === null) return wrong;
  if (content.type !== null) check('type', line.output.type, content.type);
  const wanted = content.extension ?? (found.fileName === null ? null : extname(found.fileName));
  if (wanted !== null) check('extension', extname(line.output.path), wanted);
  const named = namesOf(found);
  const isWarned = (words: readonly string[]) =>
    warnings.some(
      ({ before, content: is }) => is.includes(content.words) && words.some((word) => before.includes(word)),
    );
  if (promised.kind === 'result-with-warning')
    check('has a warning', isWarned([...named, 'the service lists']), true);
  else if (content.words !== '') check('has a warning', isWarned(named), false);
  return wrong;
}

/** How a warning refers to the labels of a response. */
function namesOf({ label, fileName }: Case): string[] {
  const type = label.headers['Content-Type'];
  const outputType = label.headers['Output-Type'];
  return [
    ...(fileName === null ? [] : [`its name is ${fileName}`]),
    ...(type === undefined ? [] : [`Content-Type says ${type}`]),
    ...(outputType === undefined ? [] : [`Output-Type says ${outputType}`]),
  ];
}

/** A warning about content: what it contradicts, and what the content is. */
interface Warning {
  before: string;
  content: string;
}

function warningsIn(stderr: string): Warning[] {
  return [...stderr.matchAll(/^warning: (.*)but the content is (.*)$/gm)].map(
    ([, before = '', content = '']) => ({
      before,
      content,
    }),
  );
}

/** An error that the service reports means that it refused the model. Blanks do not show whether the job ran. */
function outcomeOf({ promised, status }: Case): string {
  if (promised.exit === 0 || status === 204) return 'done';
  if (promised.exit === 9 || promised.code === 'result-missing') return 'unknown';
  return promised.exit === 8 ? 'done' : 'refused';
}
