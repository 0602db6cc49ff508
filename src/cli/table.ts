// Columns for a terminal: they fit its width, and wide characters count as two.
import stringWidth from 'string-width';

/**
 * Lines of a table, at most `width` columns wide. The widest column gives way first, down to 8 columns; what does not fit ends in
 * an ellipsis. `Infinity` (a pipe) cuts nothing.
 */
export function tableLines(rows: readonly (readonly string[])[], width: number): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
  const gaps = 2 * Math.max(0, count - 1);
  for (let excess = sum(widths) + gaps - width; excess > 0; excess = sum(widths) + gaps - width) {
    const widest = widths.indexOf(Math.max(...widths));
    const now = widths[widest] ?? 0;
    if (now <= 8) break;
    widths[widest] = Math.max(8, now - excess);
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
