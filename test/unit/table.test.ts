// The table of `list` and `status`: fits the terminal, counts wide characters, keeps what people type.
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { type Column, tableLines } from '../../src/output/table.js';
import { wrapWords } from '../../src/protocol/text/wrap.js';

const COLUMNS: readonly Column[] = [
  { title: 'ID', kind: 'copy' },
  { title: 'NAME', kind: 'text', drop: 1 },
  { title: 'TAKES', kind: 'text', drop: 2 },
];
const ROWS = [
  ['a-service-with-an-id-to-type', '検証サービス 検証サービス', 'IFC_STEP_2X3TC1 IFC_STEP_4'],
  ['b', 'Wall check', 'IFC_STEP_4'],
];
const STATUS: readonly Column[] = [
  { title: 'ID', kind: 'copy' },
  { title: 'ENDS', kind: 'text', drop: 1 },
  { title: 'NEXT', kind: 'copy' },
];
const COMMAND = 'bimservice invoke clash-check MODEL';

test.each([100, 80, 60, 40])('fits a terminal of %i columns and keeps the id whole', async (width) => {
  const lines = await tableLines(COLUMNS, ROWS, width);
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
  expect(lines[1]).toContain('a-service-with-an-id-to-type');
});

test('lines its columns up by display width', async () => {
  const lines = await tableLines(COLUMNS, ROWS, 80);
  const column = (line: string, text: string) => stringWidth(line.slice(0, line.indexOf(text)));
  expect(column(lines[1] ?? '', 'IFC_STEP_2X3TC1')).toBe(column(lines[0] ?? '', 'TAKES'));
  expect(column(lines[2] ?? '', 'IFC_STEP_4')).toBe(column(lines[0] ?? '', 'TAKES'));
});

test('cuts text first, and shows it by an ellipsis', async () => {
  const lines = await tableLines(COLUMNS, ROWS, 70);
  expect(lines.join('\n')).toContain('…');
  expect(lines[0]).toMatch(/^ID +NAME +TAKES$/);
});

test('leaves out columns before anything that is copied is cut', async () => {
  const rows = [['clash-check', 'for another 7 hours', COMMAND]];
  expect((await tableLines(STATUS, rows, 80))[1]).toContain(COMMAND);
  const narrow = await tableLines(STATUS, rows, 50);
  expect(narrow).toEqual(['ID           NEXT', `clash-check  ${COMMAND}`]);
});

test('narrower than what is copied: a block for each row, nothing cut', async () => {
  const rows = [['clash-check', 'for another 7 hours', COMMAND]];
  expect(await tableLines(STATUS, rows, 40)).toEqual(['clash-check', `  ${COMMAND}`]);
});

test('cuts nothing in a pipe', async () => {
  expect((await tableLines(COLUMNS, ROWS, Number.POSITIVE_INFINITY))[1]).toContain(
    '検証サービス 検証サービス  IFC_STEP_2X3TC1 IFC_STEP_4',
  );
});

test('a table without rows is its titles, and a table too narrow for its ids ends', async () => {
  expect(await tableLines(COLUMNS, [], 80)).toEqual(['ID  NAME  TAKES']);
  expect((await tableLines(COLUMNS, ROWS, 10)).join('\n')).toContain('a-service-with-an-id-to-type');
});

test.each([
  ['a long error that is broken at its blanks', 20, ['a long error that is', '  broken at its', '  blanks']],
  ['short', 20, ['short']],
  [
    '  /a/path/that/is/longer/than/the/terminal is whole',
    20,
    ['  /a/path/that/is/longer/than/the/terminal', '  is whole'],
  ],
  [
    'Consent again: bimservice authorize clash-check',
    20,
    ['Consent again: bimservice authorize clash-check'],
  ],
  ['a long text in a pipe is as it is', Number.POSITIVE_INFINITY, ['a long text in a pipe is as it is']],
])('%s, in %d columns', (text, columns, lines) => {
  expect(wrapWords(text, columns, '  ')).toEqual(lines);
});

test('a path keeps its end, and a column is not made narrower than its minimum', async () => {
  const columns: readonly Column[] = [
    { title: 'RESULT', kind: 'text', keep: 'end' },
    { title: 'ID', kind: 'text', min: 22 },
  ];
  const [, line] = await tableLines(
    columns,
    [['results/of/july/house-クラッシュ.bcf', '1bimservDemoWall$$$001']],
    46,
  );
  expect(line).toMatch(/^…\S*-クラッシュ\.bcf +1bimservDemoWall\$\$\$001$/);
  expect(stringWidth(line ?? '')).toBeLessThanOrEqual(46);
});

test('more rows than a call takes arguments', async () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => [`service-${at}`, 'Check', 'IFC_STEP_4']);
  const lines = await tableLines(COLUMNS, rows, 80);
  expect(lines).toHaveLength(200_001);
});
