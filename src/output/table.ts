// Columns for a terminal: they fit its width, and wide characters count as two.

export interface Column {
  title: string;
  /** `copy`: a person copies it, so it is never cut. `text`: it may end in an ellipsis. */
  kind: 'copy' | 'text';
  /** On a narrow terminal columns are left out in this order, 1 first; without a number the column always stays. */
  drop?: number;
}

/** The narrowest that a column of text becomes. */
const NARROWEST = 12;

/**
 * Lines of a table of at most `width` columns. Columns of text are cut first, then columns are left out. Where even
 * those that stay do not fit, each row becomes a block: the first cell on a line, the others below it, uncut.
 * `Infinity` (a pipe) cuts nothing.
 */
export async function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): Promise<string[]> {
  const widthOf = await meter([...columns.map(({ title }) => title), ...rows.flat()]);
  const natural = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at] ?? ''))),
  );
  let shown = columns.map((_, at) => at);
  for (;;) {
    const widths = fittedWidths(shown, columns, natural, width);
    if (widths !== null) {
      const line = (cells: readonly string[]) =>
        shown
          .map((at, index) => fitted(cells[at] ?? '', widths[index] ?? 0, widthOf))
          .join('  ')
          .trimEnd();
      return [line(columns.map(({ title }) => title)), ...rows.map(line)];
    }
    const next = shown
      .filter((at) => columns[at]?.drop !== undefined)
      .sort((a, b) => (columns[a]?.drop ?? 0) - (columns[b]?.drop ?? 0))[0];
    if (next === undefined) return blocks(shown, rows);
    shown = shown.filter((at) => at !== next);
  }
}

/** The widths of the columns `shown`, text cut where that is enough; null where they do not fit. */
function fittedWidths(
  shown: readonly number[],
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): number[] | null {
  const widths = shown.map((at) => natural[at] ?? 0);
  const room = width - 2 * Math.max(0, shown.length - 1);
  while (sum(widths) > room) {
    const cuttable = shown.map((at, index) =>
      columns[at]?.kind === 'text' && (widths[index] ?? 0) > NARROWEST ? (widths[index] ?? 0) : 0,
    );
    const widest = Math.max(...cuttable);
    if (!(widest > 0)) return null;
    widths[cuttable.lastIndexOf(widest)] = widest - 1;
  }
  return widths;
}

/** A row as a block, for a terminal that is narrower than what is to be copied. */
function blocks(shown: readonly number[], rows: readonly (readonly string[])[]): string[] {
  return rows.flatMap((row) =>
    shown
      .map((at, index) => `${index === 0 ? '' : '  '}${row[at] ?? ''}`)
      .filter((line) => line.trim() !== ''),
  );
}

/** Columns that a text takes. */
type Meter = (text: string) => number;

/** string-width knows every script and takes its time to load; printable ASCII is as wide as it is long. */
async function meter(texts: readonly string[]): Promise<Meter> {
  if (texts.every((text) => /^[\x20-\x7e]*$/.test(text))) return (text) => text.length;
  const { default: stringWidth } = await import('string-width');
  return (text) => stringWidth(text);
}

/** `text` cut or padded to exactly `width` columns. */
function fitted(text: string, width: number, widthOf: Meter): string {
  const own = widthOf(text);
  if (own <= width) return text + ' '.repeat(width - own);
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - 1 - widthOf(kept)))}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
