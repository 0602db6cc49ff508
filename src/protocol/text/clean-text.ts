// Cleans foreign text (service names, file names, error bodies) before it is shown.

// C0 and C1 controls, DEL, line and paragraph separators, and the characters that reorder or hide text:
// bidi marks, embeddings, overrides and isolates, zero-width characters, the BOM, tag characters.
export const INVISIBLE_CHARACTER =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * One line of foreign text that is safe on a terminal: no control or bidi characters, each run of blanks as one blank,
 * at most `limit` code points (an ellipsis shows that it was cut).
 */
export function cleanText(text: string, limit = 200): string {
  // A fast path: most text is plain, and a list has much of it.
  if (text.length <= limit && /^(?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?$/.test(text)) return text;
  const line = text.toWellFormed().replace(INVISIBLE_CHARACTER, ' ').replace(/\s+/g, ' ').trim();
  // A code point has one unit or two, so these are more than `limit` points where the line has more.
  const points = [...line.slice(0, 2 * limit + 1)];
  return points.length <= limit ? line : `${points.slice(0, limit - 1).join('')}…`;
}

/** A number of bytes for people, in binary units: `812 B`, `1.2 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}
