// docs/results.md shows the rules as they are: npx vitest run test/guards/results.test.ts -u writes its table again.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Facts, RULES, ruleFor } from '../../src/protocol/invocation/result-rules.js';
import { resultsTable } from '../support/results-page.js';

const PAGE = fileURLToPath(new URL('../../docs/results.md', import.meta.url));

test('the table of the page is that of the rules', async () => {
  const page = readFileSync(PAGE, 'utf8');
  const table = /(?<=<!-- table -->\n)[\s\S]*(?=<!-- end of table -->)/;
  expect(page).toMatch(table);
  await expect(page.replace(table, () => `\n${resultsTable()}\n\n`)).toMatchFileSnapshot(PAGE);
});

const VALUES: { readonly [F in keyof Facts]: readonly Facts[F][] } = {
  status: ['success', 'accepted', 'no-content', 'partial', 'gateway', 'refusal'],
  content: ['error', 'blank', 'blank-allowed', 'damaged', 'own-format', 'plain'],
  expect: ['none', 'met', 'missed'],
  promise: ['nothing', 'kept', 'other-version', 'broken'],
  outputType: ['silent', 'agrees', 'other-version', 'contradicts'],
  name: ['silent', 'agrees', 'contradicts'],
  type: ['silent', 'agrees', 'contradicts'],
};

function* allFacts(): Generator<Facts> {
  for (const status of VALUES.status)
    for (const content of VALUES.content)
      for (const expected of VALUES.expect)
        for (const promise of VALUES.promise)
          for (const outputType of VALUES.outputType)
            for (const name of VALUES.name)
              for (const type of VALUES.type)
                yield { status, content, expect: expected, promise, outputType, name, type };
}

test('each of all combinations has one rule, each rule decides about some, and none holds a value that does not exist', () => {
  const used = new Set<string>();
  for (const facts of allFacts()) used.add(ruleFor(facts).id);
  expect([...used].sort()).toEqual(RULES.map(({ id }) => id).sort());
});

test('what must hold for every row of the table', () => {
  for (const facts of allFacts()) {
    const { ruling, id } = ruleFor(facts);
    const isTaken = ruling === 'result' || ruling === 'result-with-warning';
    const text = `${id} ${JSON.stringify(facts)}`;
    if (facts.status !== 'success') expect(isTaken, text).toBe(false);
    if (['error', 'blank', 'damaged'].includes(facts.content)) expect(isTaken, text).toBe(false);
    if (facts.expect === 'missed') expect(isTaken, text).toBe(false);
    if (facts.content === 'blank-allowed') continue;
    // A label that is false is never passed over in silence, and neither is a promise that is not kept.
    if (facts.outputType === 'contradicts') expect(ruling, text).not.toBe('result');
    if (facts.promise === 'broken' && facts.expect === 'none') expect(ruling, text).not.toBe('result');
  }
});
