// The language of gates: what each finds, what it cannot check, and where an error is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTopics } from '../../../src/core/findings/compare-topics.js';
import { COUNTS, FIELDS, GateError, type GateSettings, OPERATORS } from '../../../src/core/findings/gate.js';
import { judgeJson } from '../../../src/core/findings/judge-json.js';
import { judgeTopics } from '../../../src/core/findings/judge-topics.js';
import type { GateOutcome } from '../../../src/core/findings/outcome.js';
import { parseGate } from '../../../src/core/findings/parse-gate.js';
import type { BcfTopic } from '../../../src/protocol/bcf/topic.js';
import { topic } from './topics.js';

const SETTINGS: GateSettings = { priorityOrder: null, closedStatuses: null, hasBaseline: true };

function judge(
  text: string,
  topics: readonly BcfTopic[],
  settings: Partial<GateSettings> = {},
  earlier: readonly BcfTopic[] = [],
): GateOutcome {
  const all = { ...SETTINGS, ...settings };
  const gate = parseGate(text, all);
  if (gate.kind !== 'topics') throw new Error('a gate on JSON');
  return judgeTopics(gate, { topics, comparison: compareTopics(earlier, topics) }, all);
}

function judgeDocument(text: string, document: unknown): GateOutcome {
  const gate = parseGate(text, SETTINGS);
  if (gate.kind !== 'pointer') throw new Error('a gate on topics');
  return judgeJson(gate, document);
}

describe('topics', () => {
  const clash = topic({
    title: 'Duct meets beam',
    status: 'OPEN',
    type: 'Clash',
    priority: 'High',
    labels: ['MEP', 'In Progress'],
    stage: 'Design',
    author: 'Ann',
    assignedTo: 'Bob',
    dueDate: '2026-03-01',
    guid: 'ABC',
    globalIds: ['0aB'],
  });
  const other = topic({ status: 'closed', type: 'Remark', priority: 'Low' });
  it.each([
    ['topics>0', 'found'],
    ['topics>=2', 'found'],
    ['topics>2', 'passed'],
    ['topics=2', 'found'],
    ['topics!=2', 'passed'],
    ['topics<2', 'passed'],
    ['topics<=1', 'passed'],
    ['status=Open', 'found'],
    ['STATUS = open', 'found'],
    ["status='Open'", 'found'],
    ['status!=Closed', 'found'],
    ['status!=Closed,type=Remark', 'passed'],
    ['status~pe', 'found'],
    ['state=open', 'found'],
    ['state=closed,type=Clash', 'passed'],
    ['state!=closed,type=Clash', 'found'],
    ['priority>=Major', 'found'],
    ['priority>High', 'passed'],
    ['priority<=minor', 'found'],
    ['priority<Low', 'passed'],
    ['priority=high', 'found'],
    ['status=Open,priority>=Critical', 'passed'],
    ['label=in_progress', 'found'],
    ['label=nothing', 'passed'],
    ['label!=MEP,type=Clash', 'passed'],
    ['stage=design', 'found'],
    ['title~duct', 'found'],
    ['author=ann', 'found'],
    ['assignee=bob', 'found'],
    ["assignee='',type=Remark", 'found'],
    ['due<2026-03-02', 'found'],
    ['due>2026-03-02', 'passed'],
    ['due=2026-03-01', 'found'],
    ['guid=abc', 'found'],
    ['globalid=0aB', 'found'],
    ['globalid=0ab', 'passed'],
    ['type=Clash,topics>1', 'passed'],
    ['topics>1,type=Clash', 'passed'],
    ['type=Clash,topics>0,topics<2', 'found'],
    ['new>0', 'found'],
    ['persisting>0', 'passed'],
  ] as const)('%s: %s', (text, state) => {
    expect(judge(text, [clash, other])).toMatchObject({ gate: text, state });
  });

  it('lists the topics that did it', () => {
    expect(judge('type=Clash', [clash, other]).topics).toEqual([clash]);
    expect(judge('type=Remark,gone>0', [clash], {}, [other]).topics).toEqual([other]);
  });

  it('a word in another language matches nothing, and the words that there are are listed', () => {
    const topics = [topic({ status: 'Offen' }), topic({ status: 'Offen' }), topic({ status: '' })];
    expect(judge('status=Open', topics)).toMatchObject({
      state: 'passed',
      reason: '0 topics of this kind (in the result: status: "Offen" 2, none 1)',
    });
  });

  it('an empty status is found by an empty word, and counts as open', () => {
    expect(judge("status=''", [topic({ status: '' })]).state).toBe('found');
    expect(judge('state=open', [topic({ status: '' })]).state).toBe('found');
    expect(judge('state=open', [topic()]).state).toBe('found');
  });

  it('words that are unknown count as open, and the words that mean closed can be given', () => {
    expect(judge('state=open', [topic({ status: 'Erledigt' })]).state).toBe('found');
    expect(judge('state=open', [topic({ status: 'Erledigt' })], { closedStatuses: ['erledigt'] }).state).toBe(
      'passed',
    );
    for (const word of ['Closed', 'SOLVED', 'resolved', 'Done', 'Approved', 'chiuso'])
      expect(judge('state=open', [topic({ status: word })]).state, word).toBe('passed');
  });
});

describe('what cannot be checked does not pass', () => {
  it.each(['priority>=Major', 'priority=High', 'due<2030-01-01', 'status=Open', 'type=Clash', 'status~open'])(
    '%s where no topic has one',
    (text) => {
      const field = text.replace(/\W.*/, '');
      expect(judge(text, [topic(), topic({ status: '', type: '', priority: '' })])).toMatchObject({
        state: 'unchecked',
        reason: `no topic has a ${field}, so this gate checks nothing`,
      });
      expect(judge(text, []).state).toBe('passed');
    },
  );

  it('a priority without a place in the order', () => {
    const topics = [topic({ priority: 'Urgent' }), topic({ priority: 'Low' })];
    expect(judge('priority>=Major', topics)).toMatchObject({
      state: 'unchecked',
      reason:
        'the order of priorities does not have "Urgent"; name all words, lowest first: --priority-order A,B,C',
    });
    expect(judge('priority>=Urgent', topics, { priorityOrder: ['Low', 'Urgent'] }).state).toBe('found');
    expect(judge('type!=x,priority=Urgent', topics).state).toBe('found');
  });

  it('a priority that is absent among others is no match', () => {
    expect(
      judge('priority>=Low', [topic({ type: 'a' }), topic({ priority: 'Low', type: 'b' })]).topics,
    ).toHaveLength(1);
  });

  it.each([
    ['Low', 'Minor'],
    ['Medium', 'NORMAL'],
    ['high', 'Major'],
  ])('%s and %s are equal', (one, two) => {
    expect(judge(`priority>=${one}`, [topic({ priority: two })]).state).toBe('found');
    expect(judge(`priority>${one}`, [topic({ priority: two })]).state).toBe('passed');
  });
});

describe('values of JSON', () => {
  const report = {
    status: false,
    summary: { failed: 3, 'a/b': '2', name: 'Walls' },
    items: [1, 2],
    none: null,
    'x>y': 1,
  };
  it.each([
    ['/summary/failed>0', 'found'],
    ['/summary/failed>3', 'passed'],
    ['/summary/failed>=3,/status=false', 'found'],
    ['/summary/failed>=3,/status=true', 'passed'],
    ['/summary/a~1b=2', 'found'],
    ['/summary/a~1b>1.5', 'found'],
    ['/summary/name~wall', 'found'],
    ['/summary/name=walls', 'found'],
    ['/summary/name!=walls', 'passed'],
    ['/items>1', 'found'],
    ['/items=2', 'found'],
    ['/items/1=2', 'found'],
    ['/none=null', 'found'],
    ['/status!=true', 'found'],
    ["'/x>y'=1", 'found'],
    ['/summary/failde>0', 'unchecked'],
    ['/summary>0', 'unchecked'],
    ['/summary=0', 'unchecked'],
    ['/status>0', 'unchecked'],
    ['/summary/name>0', 'unchecked'],
    ['/summary/failed>many', 'unchecked'],
    ['/items/2>0', 'unchecked'],
    ['/items~x', 'unchecked'],
    ['/none/x>0', 'unchecked'],
    ['/constructor=x', 'unchecked'],
  ] as const)('%s: %s', (text, state) => {
    expect(judgeDocument(text, report)).toMatchObject({ gate: text, state });
  });

  it('a value that is not there: what is', () => {
    expect(judgeDocument('/summary/failde>0', report).reason).toBe(
      '/summary/failde is not in the result; did you mean "failed"? (/summary has failed, a/b, name)',
    );
    expect(judgeDocument('/items/7>0', report).reason).toBe(
      '/items/7 is not in the result: /items is a list of 2',
    );
    expect(judgeDocument('/summary/failed>0', report).reason).toBe('/summary/failed is 3');
  });
});

describe('errors point at the character and name what exists', () => {
  it.each([
    ['', 0, 'the gate is empty', /Fields: status, /],
    [
      'status=Open,prioritee>=Major',
      12,
      'there is no field and no count "prioritee"',
      /^Did you mean "priority"\?/,
    ],
    ['topic>0', 0, 'there is no field and no count "topic"', /^Did you mean "topics"\?/],
    ['weight=red', 0, 'there is no field and no count "weight"', /^Counts: topics, new, .* Fields: status, /],
    ['status', 6, 'an operator is missing', /One of: != >= <= = > < ~/],
    ['status==Open', 7, 'there is one "=" too many', null],
    ['status=', 7, 'a value is missing', /''/],
    ['status=,type=x', 7, 'a value is missing', null],
    ['status=Open,', 12, 'a field or a count is missing', null],
    ['status="Open', 7, 'the quote " has no end', null],
    ['status="Open"x', 13, 'a comma is missing, or a quote around the value', null],
    ['status>Open', 6, '">" works on priority, due and counts, not on status', null],
    ['priority>=Majr', 10, 'the priority "Majr" has no place in the order', /^Did you mean "major"\?/],
    ['priority>=', 10, 'a value is missing', null],
    ['topics>some', 7, '"topics" is a number of topics', /topics>0/],
    ['topics~1', 6, '"~" works on texts', null],
    ['state=active', 6, '"state" is open or closed', null],
    ['due<tomorrow', 4, '"due" is a day', /2026-12-31/],
    ['due<2026-02-30', 4, '"due" is a day', null],
    ['?', 0, '"?" begins no field and no count', null],
    ['topics>0,/a>0', 9, 'a gate is on topics or on JSON, not on both', null],
    ['/a>0,topics>0', 5, 'a JSON pointer begins with "/"', null],
    ['/a', 2, 'an operator is missing', null],
    ['"/a~b">0', 3, 'in a JSON pointer "~" is written ~0, and "/" in a name ~1', null],
  ])('%s', (text, at, message, advice) => {
    const attempt = () => parseGate(text, SETTINGS);
    expect(attempt).toThrow(GateError);
    try {
      attempt();
    } catch (error) {
      expect(error).toMatchObject({ message, at });
      if (advice !== null) expect(error).toMatchObject({ advice: expect.stringMatching(advice) });
    }
  });

  it('a count that compares needs an earlier result', () => {
    for (const word of ['new', 'persisting', 'gone'])
      expect(() => parseGate(`${word}>0`, { ...SETTINGS, hasBaseline: false })).toThrow(
        `"${word}" compares with an earlier result`,
      );
  });
});

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...FIELDS,
      ...COUNTS,
      ...OPERATORS,
      ',',
      '/',
      '"',
      "'",
      ' ',
      '~1',
      'Open',
      'Major',
      '0',
      '2026-01-01',
    ),
    fc.string({ maxLength: 6, unit: 'binary' }),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
  );
  const word = fc.oneof(
    fc.constant(null),
    fc.constantFrom('', 'Open', 'Major', 'Urgent', 'Low'),
    fc.string(),
  );
  const anyTopic = fc
    .record({ status: word, type: word, priority: word, title: word, dueDate: word })
    .map(topic);

  it('is a gate or a GateError that points into it; a gate judges anything', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(anyTopic, { maxLength: 4 }),
        fc.jsonValue(),
        fc.boolean(),
        (source, topics, json, hasBaseline) => {
          const settings = { ...SETTINGS, hasBaseline };
          try {
            const gate = parseGate(source, settings);
            const { state, reason } =
              gate.kind === 'topics'
                ? judgeTopics(gate, { topics, comparison: null }, settings)
                : judgeJson(gate, json);
            expect(['passed', 'found', 'unchecked']).toContain(state);
            expect(reason).not.toMatch(/[\n\u001b]/);
          } catch (error) {
            if (!(error instanceof GateError)) throw error;
            expect(error.at).toBeGreaterThanOrEqual(0);
            expect(error.at).toBeLessThanOrEqual(source.length);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a word of hyphens and underscores alone is a word, and not an empty one', () => {
    const topics = [topic({ status: null }), topic({ status: '-' }), topic({ status: 'In_Work' })];
    const count = (text: string) => judge(text, topics).topics.length;
    expect([count('status="-"'), count('status!="-"'), count('status=""'), count('status~"_"')]).toEqual([
      1, 2, 1, 1,
    ]);
    expect(judge('status!=_', [topic({ status: null })]).topics).toHaveLength(1);
  });

  it('a condition and its opposite find each topic once', () => {
    fc.assert(
      fc.property(
        fc.array(anyTopic),
        fc.constantFrom('status', 'type', 'title', 'label'),
        fc.string({ maxLength: 5 }),
        (topics, field, value) => {
          const quoted = value.includes('"') ? (value.includes("'") ? 'x' : `'${value}'`) : `"${value}"`;
          const count = (operator: string) => judge(`${field}${operator}${quoted}`, topics);
          const [same, different] = [count('='), count('!=')];
          if (same.state === 'unchecked') expect(different.topics).toHaveLength(topics.length);
          else expect(same.topics.length + different.topics.length).toBe(topics.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});
