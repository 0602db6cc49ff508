// Columns for a terminal: they fit its width, and wide characters count as two.

/** The narrowest a column becomes; the first one, which holds what people type, keeps more. */
const NARROWEST = 8;
const NARROWEST_FIRST = 24;

/**
 * Lines of a table, at most `width` columns wide where that is possible. The widest column after the first gives way
 * first; what does not fit ends in an ellipsis. `Infinity` (a pipe) cuts nothing.
 */
export async function tableLines(rows: readonly (readonly string[])[], width: number): Promise<string[]> {
  const widthOf = await meter(rows.flat());
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const excess = () => sum(widths) + 2 * Math.max(0, count - 1) - width;
  while (excess() > 0) {
    const widest = Math.max(...widths.slice(1));
    const column = widest > NARROWEST ? widths.lastIndexOf(widest) : 0;
    const now = widths[column] ?? 0;
    if (column === 0 && now <= NARROWEST_FIRST) break;
    widths[column] = now - 1;
  }
  return rows.map((row) =>
    row
      .map((cell, column) => fitted(cell, widths[column] ?? 0, widthOf))
      .join('  ')
      .trimEnd(),
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
