// The table of `list` and `status`: fits the terminal, counts wide characters, keeps what people type.
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { tableLines } from '../../src/output/table.js';

const ROWS = [
  ['ID', 'NAME', 'TAKES'],
  ['a-service-with-an-id-to-type', '検証サービス 検証サービス', 'IFC_STEP_2X3TC1 IFC_STEP_4'],
  ['b', 'Wall check', 'IFC_STEP_4'],
];

test.each([80, 60, 48])('fits a terminal of %i columns and keeps the id whole', async (width) => {
  const lines = await tableLines(ROWS, width);
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
  expect(lines[1]).toContain('a-service-with-an-id-to-type');
});

test('lines its columns up by display width', async () => {
  const lines = await tableLines(ROWS, 80);
  const column = (line: string, text: string) => stringWidth(line.slice(0, line.indexOf(text)));
  expect(column(lines[1] ?? '', 'IFC_STEP_2X3TC1')).toBe(column(lines[0] ?? '', 'TAKES'));
  expect(column(lines[2] ?? '', 'IFC_STEP_4')).toBe(column(lines[0] ?? '', 'TAKES'));
});

test('says by an ellipsis that something was cut', async () => {
  expect((await tableLines(ROWS, 60)).join('\n')).toContain('…');
});

test('cuts nothing in a pipe', async () => {
  expect((await tableLines(ROWS, Number.POSITIVE_INFINITY))[1]).toContain(
    '検証サービス 検証サービス  IFC_STEP_2X3TC1 IFC_STEP_4',
  );
});

test('an empty table has no lines, and a table too narrow for its ids does not loop', async () => {
  expect(await tableLines([], 10)).toEqual([]);
  expect(await tableLines(ROWS, 10)).toHaveLength(3);
});
