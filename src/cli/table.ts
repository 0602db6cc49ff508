// Columns for a terminal: they fit its width, and wide characters count as two.
import stringWidth from 'string-width';

/** The narrowest a column becomes; the first one, which holds what people type, keeps more. */
const NARROWEST = 8;
const NARROWEST_FIRST = 24;

/**
 * Lines of a table, at most `width` columns wide where that is possible. The widest column after the first gives way
 * first; what does not fit ends in an ellipsis. `Infinity` (a pipe) cuts nothing.
 */
export function tableLines(rows: readonly (readonly string[])[], width: number): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => stringWidth(row[column] ?? ''))),
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
      .map((cell, column) => fitted(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `text` cut or padded to exactly `width` columns. */
function fitted(text: string, width: number): string {
  const own = stringWidth(text);
  if (own <= width) return text + ' '.repeat(width - own);
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - 1 - stringWidth(kept)))}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
