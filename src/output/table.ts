// Prints columns that fit the width of a terminal. Wide characters count as two columns.

export interface Column {
  title: string;
  /** `copy`: people copy it, so it is never shortened. `text`: it may be shortened and end in an ellipsis. */
  kind: 'copy' | 'text';
  /** On a narrow terminal columns are removed in this order, 1 first; a column without a number always stays. */
  drop?: number;
  /** Text: which part stays when it is shortened; the end of a path says more than its beginning. Default: the beginning. */
  keep?: 'end';
  /** Text: it is not made narrower than this. */
  min?: number;
}

/** The minimum width of a column of text that names no other. */
const MIN_WIDTH = 12;

/**
 * Lines of a table of at most `width` columns. Columns of text are shortened first, then columns are removed. When even
 * the remaining columns do not fit, each row becomes a block: the first cell on a line, the others below it, in full.
 * `Infinity` (a pipe): nothing is shortened.
 */
export async function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): Promise<string[]> {
  const widthOf = await widthFunction([...columns.map(({ title }) => title), ...rows.flat()]);
  const natural = columns.map(({ title }, at) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[at] ?? '')), widthOf(title)),
  );
  let shown = columns.map((_, at) => at);
  for (;;) {
    const widths = fittedWidths(shown, columns, natural, width);
    if (widths !== null) {
      const line = (cells: readonly string[]) =>
        shown
          .map((at, index) =>
            fitText(cells[at] ?? '', widths[index] ?? 0, { widthOf, keep: columns[at]?.keep }),
          )
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

/** The widths of the columns `shown`, text cut where that is enough; null when they do not fit. */
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
      columns[at]?.kind === 'text' && (widths[index] ?? 0) > (columns[at]?.min ?? MIN_WIDTH)
        ? (widths[index] ?? 0)
        : 0,
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

/** Returns how many columns a text takes. */
type WidthOf = (text: string) => number;

/** string-width knows every script but is slow to load. Printable ASCII is as wide as it is long. */
async function widthFunction(texts: readonly string[]): Promise<WidthOf> {
  if (texts.every((text) => /^[\x20-\x7e]*$/.test(text))) return (text) => text.length;
  const { default: stringWidth } = await import('string-width');
  return (text) => stringWidth(text);
}

/** `text`, shortened or padded to exactly `width` columns. */
function fitText(
  text: string,
  width: number,
  { widthOf, keep }: { widthOf: WidthOf; keep: Column['keep'] },
): string {
  const own = widthOf(text);
  if (own <= width) return text + ' '.repeat(width - own);
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  const isEnd = keep === 'end';
  let kept = '';
  for (const segment of isEnd ? segments.reverse() : segments) {
    const longer = isEnd ? segment + kept : kept + segment;
    if (widthOf(longer) > width - 1) break;
    kept = longer;
  }
  return `${isEnd ? `…${kept}` : `${kept}…`}${' '.repeat(Math.max(0, width - 1 - widthOf(kept)))}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
