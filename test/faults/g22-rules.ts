// The rules of docs/results.md as data, read from the page itself: what a person is promised is what the group checks.

import { readFileSync } from 'node:fs';

/** The words of the table for one response. */
export interface Words {
  status: string;
  content: string;
  '`--expect`': string;
  'the list promises': string;
  '`Output-Type`': string;
  'file name': string;
  '`Content-Type`': string;
}

/** What the table promises for a response. `by-status` is decided by the status alone. */
export interface Promised {
  row: number;
  kind: 'result' | 'result-with-warning' | 'no-result' | 'error' | 'by-status';
  exit: number;
  code: string | null;
}

interface Row {
  row: number;
  conditions: readonly (readonly [fact: string, values: readonly string[]])[];
  promised: Promised;
}

const PAGE = readFileSync(new URL('../../docs/results.md', import.meta.url), 'utf8');

export const ROWS: readonly Row[] = PAGE.split('\n').flatMap((line) => {
  const [, number, when = '', then = ''] = /^\| (\d+) \| (.*?) \| (.*?) \|/.exec(line) ?? [];
  if (number === undefined) return [];
  const row = Number(number);
  return [{ row, conditions: conditionsOf(when), promised: promisedBy(row, then) }];
});

/** The first row that applies decides. */
export function promisedFor(words: Words): Promised {
  const facts = new Map(Object.entries(words));
  const found = ROWS.find(({ conditions }) =>
    conditions.every(([fact, values]) => values.includes(facts.get(fact) ?? '')),
  );
  if (found === undefined) throw new Error('no row of docs/results.md applies');
  return found.promised;
}

function conditionsOf(when: string): Row['conditions'] {
  if (when === 'everything else') return [];
  return when.split('; ').map((part) => {
    const colon = part.indexOf(': ');
    return [part.slice(0, colon), part.slice(colon + 2).split(' or ')];
  });
}

function promisedBy(row: number, then: string): Promised {
  if (then === 'result') return { row, kind: 'result', exit: 0, code: null };
  if (then === 'result, with a warning') return { row, kind: 'result-with-warning', exit: 0, code: null };
  if (then.startsWith('no result, exit 0')) return { row, kind: 'no-result', exit: 0, code: null };
  const [, exit, code] = /^exit (\d), `([a-z-]+)`$/.exec(then) ?? [];
  if (exit !== undefined && code !== undefined) return { row, kind: 'error', exit: Number(exit), code };
  return { row, kind: 'by-status', exit: 0, code: null };
}
