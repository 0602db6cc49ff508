// The formats of reports: what they hold, their published limits (docs/reports.md), and hostile text in each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import sax from 'sax';
import { describe, expect, test } from 'vitest';
import { FORMATS } from '../../../src/core/report/formats.js';
import { githubAnnotations } from '../../../src/core/report/github.js';
import { markdownText } from '../../../src/core/report/markdown.js';
import { levelOf, type Report } from '../../../src/core/report/report.js';
import { fullReport, HOSTILE, modelOf, reported, reportOf, topicOf } from './sample.js';

const textOf = (format: string, report: Report): string => FORMATS[format]?.(report) ?? '';

interface Element {
  name: string;
  attributes: Record<string, string>;
}

/** The elements of well-formed XML, in order. */
function elements(xml: string): Element[] {
  const found: Element[] = [];
  const parser = sax.parser(true);
  parser.onopentag = ({ name, attributes }) =>
    found.push({ name, attributes: attributes as Record<string, string> });
  parser.onerror = (error) => {
    throw error;
  };
  parser.write(xml).close();
  return found;
}

describe('JUnit', () => {
  const all = elements(textOf('junit', fullReport()));
  const suites = all.filter(({ name }) => name === 'testsuite');
  const cases = all.filter(({ name }) => name === 'testcase');

  test('a suite a model and a case a topic, a gate and a missing result; the numbers agree', () => {
    expect(suites.map(({ attributes }) => attributes)).toMatchObject([
      { name: 'models/house.ifc', tests: '6', failures: '4', errors: '0', skipped: '1' },
      { name: 'models/empty.ifc', tests: '1', failures: '0', errors: '0' },
      { name: 'models/bad one.ifc', tests: '1', failures: '0', errors: '1' },
    ]);
    expect(all[0]).toEqual({
      name: 'testsuites',
      attributes: { name: 'bimservice', tests: '8', failures: '4', errors: '1' },
    });
    expect(cases).toHaveLength(8);
    // GitLab takes class name and name for the key, and ignores the suite.
    expect(cases[2]?.attributes).toEqual({
      classname: 'models/house.ifc',
      name: 'Wall without a fire rating [142c2491]',
    });
  });

  test('a case has the same name when the tool gives its topic a new GUID, and two equal topics have different names', () => {
    const names = (...guids: string[]) => {
      const topics = guids.map((guid) => reported({ title: 'Door', type: 'Error', globalIds: [], guid }));
      return elements(textOf('junit', reportOf(modelOf({ topics }))))
        .filter(({ name }) => name === 'testcase')
        .map(({ attributes }) => attributes.name);
    };
    expect(names('one', 'two')).toEqual(names('three', 'four'));
    expect(new Set(names('one', 'two')).size).toBe(2);
  });

  test('a model without topics has one case that passes: Jenkins fails for a suite without one', () => {
    const empty = cases.filter(({ attributes }) => attributes.classname === 'models/empty.ifc');
    expect(empty.map(({ attributes }) => attributes.name)).toEqual(['no topics']);
  });

  test('hostile text is text, without control characters', () => {
    const xml = textOf('junit', fullReport());
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect(xml).not.toContain('<img');
    expect(all.filter(({ name }) => name === 'img')).toEqual([]);
  });

  test('at most 40,000 cases, the worst first, and one that counts the rest', () => {
    const topics = Array.from({ length: 40_100 }, (_, at) =>
      reported({ title: `T${at}`, globalIds: [] }, { level: at === 40_099 ? 'error' : 'note' }),
    );
    const many = elements(textOf('junit', reportOf(modelOf({ topics })))).filter(
      ({ name }) => name === 'testcase',
    );
    expect(many).toHaveLength(40_000);
    expect(many[0]?.attributes.name).toContain('T40099');
    expect(many.at(-1)?.attributes.name).toBe('more topics');
  });
});

describe('SARIF', () => {
  const require = createRequire(import.meta.url);
  const schema = JSON.parse(
    readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
  );
  const { $schema: _, id: __, ...rules } = schema;
  const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(rules);

  test.each([
    ['everything', fullReport()],
    ['no model', reportOf()],
    ['no topics', reportOf(modelOf())],
  ])('%s fits the published schema', (_name, report) => {
    validate(JSON.parse(textOf('sarif', report)));
    expect(validate.errors).toBeNull();
  });

  test('a result a topic: level, place, fingerprints that survive a new GUID, baseline, closed', () => {
    const { runs } = JSON.parse(textOf('sarif', fullReport()));
    expect(runs).toHaveLength(1);
    const [run] = runs;
    expect(run.automationDetails.id).toBe('bimservice/check/');
    expect(run.invocations[0]).toMatchObject({ executionSuccessful: false });
    expect(run.results).toHaveLength(4);
    const [first] = run.results;
    expect(first).toMatchObject({
      ruleId: 'Error',
      level: 'error',
      guid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      baselineState: 'new',
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: 'models/house.ifc' } },
          logicalLocations: [{ name: '2O2Fr$t4X7Zf8NOew3FLOH' }],
        },
      ],
    });
    expect(run.results.at(-1)).toMatchObject({ suppressions: [{ kind: 'external' }] });
    const again = reported({ guid: 'c0ffee00-0000-4000-8000-00000000000f' }, { change: 'new' });
    const other = JSON.parse(textOf('sarif', reportOf(modelOf({ topics: [again] }))));
    expect(other.runs[0].results[0].partialFingerprints).toEqual(first.partialFingerprints);
    // A rule is listed once.
    const ids = run.tool.driver.rules.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('two equal topics have different hashes: code scanning would show one of them', () => {
    const topics = [reported(), reported({ guid: 'c0ffee00-0000-4000-8000-00000000000f' })];
    const { runs } = JSON.parse(textOf('sarif', reportOf(modelOf({ topics }))));
    const hashes = runs[0].results.map(
      (result: { partialFingerprints: { primaryLocationLineHash: string } }) =>
        result.partialFingerprints.primaryLocationLineHash,
    );
    expect(new Set(hashes).size).toBe(2);
  });

  test('at most 5,000 results, the worst first; the rest is counted', () => {
    const topics = Array.from({ length: 6000 }, (_, at) =>
      reported({ title: `T${at}` }, { level: at === 5999 ? 'error' : 'warning' }),
    );
    const { runs } = JSON.parse(textOf('sarif', reportOf(modelOf({ topics }))));
    expect(runs[0].results).toHaveLength(5000);
    expect(runs[0].results[0].message.text).toMatch(/^T5999\n/);
    expect(JSON.stringify(runs[0].invocations)).toContain('1000 more topics');
  });

  test('a path with blanks is a relative reference', () => {
    const { runs } = JSON.parse(
      textOf('sarif', reportOf(modelOf({ path: 'a b/ü.ifc', topics: [reported()] }))),
    );
    expect(runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('a%20b/%C3%BC.ifc');
  });
});

describe('GitLab code quality', () => {
  const schema = {
    type: 'array',
    items: {
      type: 'object',
      required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
      properties: {
        description: { type: 'string', minLength: 1 },
        check_name: { type: 'string', minLength: 1 },
        fingerprint: { type: 'string', minLength: 1 },
        severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
        location: {
          type: 'object',
          required: ['path', 'lines'],
          properties: {
            path: { type: 'string', pattern: '^[^/]' },
            lines: { type: 'object', required: ['begin'], properties: { begin: { type: 'integer' } } },
          },
        },
      },
    },
  };

  test('an entry for each open topic and each missing result, as GitLab describes it', () => {
    const entries = JSON.parse(textOf('gitlab', fullReport()));
    const validate = new Ajv().compile(schema);
    validate(entries);
    expect(validate.errors).toBeNull();
    expect(entries.map(({ severity }: { severity: string }) => severity)).toEqual([
      'info',
      'major',
      'critical',
      'blocker',
    ]);
  });

  test('without topics an empty array, which GitLab needs for its comparison', () => {
    expect(textOf('gitlab', reportOf(modelOf()))).toBe('[]\n');
  });

  test('equal topics have different fingerprints', () => {
    const entries = JSON.parse(textOf('gitlab', reportOf(modelOf({ topics: [reported(), reported()] }))));
    expect(entries[0].fingerprint).not.toBe(entries[1].fingerprint);
  });
});

describe('Markdown', () => {
  test('numbers, gates and topics, worst first', () => {
    const text = textOf('markdown', fullReport());
    expect(text).toMatch(/^## 3 open topics, 1 of 3 models without a result\n/);
    expect(text).toContain('| models/house.ifc | 3 | 1 | 1 | 1 | 1 | **1 of 2 gates not passed** |');
    expect(text).toContain('- **found**: `topics>0` 4 topics');
    expect(text.indexOf('Wall without')).toBeLessThan(text.indexOf('| note | Open | Info'));
  });

  test('hostile text makes no markup, no link, no mention and no cell', () => {
    const text = textOf('markdown', reportOf(modelOf({ topics: [reported({ title: HOSTILE })] })));
    const row = text.split('\n').find((line) => line.startsWith('| error'));
    expect(row?.match(/(?<!\\)\|/g)).toHaveLength(8);
    expect(text).not.toMatch(/<img|@team|\]\(http|http:\/\/|(?<!\\)`@/);
  });

  test('it fits into a limit: topics are left out and counted', () => {
    const topics = Array.from({ length: 3000 }, (_, at) =>
      reported({ title: `Topic ${at} ${'x'.repeat(100)}` }),
    );
    const models = Array.from({ length: 40 }, (_, at) => modelOf({ path: `m${at}.ifc`, topics }));
    const text = markdownText(reportOf(...models), 300_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(300_000);
    expect(text).toMatch(/^## 120000 open topics/);
    expect(text).toMatch(/\d+ more topics are not shown/);
    expect(Buffer.byteLength(markdownText(reportOf(...models), 500))).toBeLessThanOrEqual(500);
  });
});

describe('GitHub annotations', () => {
  test('a command a topic, escaped; what is closed has none', () => {
    const lines = githubAnnotations(fullReport());
    expect(lines).toContain(
      '::error file=models/house.ifc,title=Wall without a fire rating::The wall needs a rating. 2O2Fr$t4X7Zf8NOew3FLOH',
    );
    expect(lines.filter((line) => line.includes('Done'))).toEqual([]);
    expect(lines.every((line) => /^::(?:error|warning|notice) [^\n]*$/.test(line))).toBe(true);
    expect(lines.find((line) => line.includes('onerror'))).toContain('%250A');
    expect(
      lines.some((line) => line.startsWith('::error file=models/bad one.ifc,title=service-failed::')),
    ).toBe(true);
  });

  test('at most 10 of a kind, and the first says how many are missing', () => {
    const topics = Array.from({ length: 25 }, (_, at) => reported({ title: `T${at}` }));
    const lines = githubAnnotations(reportOf(modelOf({ topics })));
    expect(lines).toHaveLength(10);
    expect(lines[0]).toContain('16 more are not shown here');
  });
});

test.each<[Parameters<typeof levelOf>[0], string]>([
  [topicOf({ priority: 'Critical', type: 'Info' }), 'error'],
  [topicOf({ priority: 'HIGH' }), 'error'],
  [topicOf({ priority: 'Normal' }), 'warning'],
  [topicOf({ priority: 'low' }), 'note'],
  [topicOf({ priority: 'Urgent', type: 'CLASH' }), 'error'],
  [topicOf({ type: 'Information' }), 'note'],
  [topicOf({ type: null }), 'warning'],
  [topicOf({ status: 'CLOSED', priority: 'Critical' }), 'note'],
])('the level of %j', (topic, level) => {
  expect(levelOf(topic, { priorityOrder: null, closedStatuses: null })).toBe(level);
});

test.each([
  ['A', 'note'],
  ['B', 'warning'],
  ['C', 'error'],
])('with priorities of one’s own, %s is %s', (priority, level) => {
  expect(levelOf(topicOf({ priority }), { priorityOrder: ['A', 'B', 'C'], closedStatuses: null })).toBe(
    level,
  );
});

test('Markdown: a GUID of foreign text is cut before it is escaped', () => {
  const text = markdownText(reportOf(modelOf({ topics: [reported({ guid: 'a*b*c*d@x' })] })));
  expect(text).toContain('a\\*b\\*c\\*d&#64; |');
});
