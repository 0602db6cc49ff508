// docs/results.md as it follows from the rules: one row for each.

import { keysOf, RULES, RULINGS, type Rule } from '../../src/protocol/invocation/result-rules.js';

const COLUMNS = {
  status: 'status',
  content: 'content',
  expect: '`--expect`',
  promise: 'the list promises',
  outputType: '`Output-Type`',
  name: 'file name',
  type: '`Content-Type`',
} as const;

const conditionsOf = ({ when }: Rule): string =>
  keysOf(when)
    .map((fact) => `${COLUMNS[fact]}: ${when[fact]?.join(' or ')}`)
    .join('; ') || 'everything else';

const cell = (text: string): string => text.replaceAll('|', '\\|');

export function resultsTable(): string {
  const rows = RULES.map(
    (rule, index) =>
      `| ${[String(index + 1), conditionsOf(rule), RULINGS[rule.ruling], rule.reason, rule.example].map(cell).join(' | ')} |`,
  );
  return ['| | when | then | why | example |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
