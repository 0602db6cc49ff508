// What a Content-Disposition calls the file: RFC 6266 where the sender keeps to it, and the forms in use beside it.
// The bytes of any header value become text here first.

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a header value as Node and undici deliver it (one character a byte): UTF-8 where the bytes are valid
 * UTF-8, else latin1 as it stands (PROTOCOL 1.11, trap 10). Every value passes here exactly once: text that was
 * UTF-8 twice over would be changed by a second pass. Never throws.
 */
export function decodeHeaderText(latin1: string): string {
  if (!/[\u0080-\u00ff]/.test(latin1) || /[^\u0000-\u00ff]/.test(latin1)) return latin1;
  try {
    return strictUtf8.decode(Uint8Array.from(latin1, (character) => character.charCodeAt(0)));
  } catch {
    return latin1;
  }
}

/** One piece between semicolons: `name=value`, or a bare value (the type, or the file name itself). */
interface Piece {
  /** Lower case; null for a bare value. */
  name: string | null;
  value: string;
}

const TYPES = new Set(['attachment', 'inline', 'form-data']);

/**
 * The file name in a Content-Disposition value that has passed `decodeHeaderText`; null when it holds none. The
 * name is foreign and raw: only `safeFileName` makes a file name of it.
 *
 * Read: `filename*` (RFC 8187) before `filename`, in either order and case; quoted or not, with blanks, without a
 * type, with stray semicolons; a bare file name instead of a type, as BIMserver's plug-ins send it (PROTOCOL 1.5).
 * Percent signs in a plain `filename` are literal (RFC 6266, appendix D). Never throws.
 */
export function fileNameFrom(header: string): string | null {
  const pieces = split(header);
  const extended = pieces.find((piece) => piece.name === 'filename*')?.value;
  const plain = pieces.find((piece) => piece.name === 'filename')?.value;
  return (extended && decodeExtended(extended)) || plain || bareName(header, pieces);
}

function split(header: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < header.length) {
    at = skip(header, at, /[\s;]/);
    if (at === header.length) break;
    const next = header[at] === '"' ? at : skip(header, at, /[^=;]/);
    const named = header[next] === '=';
    const name = named ? header.slice(at, next).trim().toLowerCase() : null;
    const start = named ? skip(header, next + 1, /\s/) : at;
    const [value, end] = header[start] === '"' ? quoted(header, start + 1) : unquoted(header, start);
    pieces.push({ name, value });
    at = skip(header, end, /[^;]/);
  }
  return pieces;
}

function skip(text: string, from: number, set: RegExp): number {
  let at = from;
  while (at < text.length && set.test(text.charAt(at))) at += 1;
  return at;
}

function unquoted(header: string, start: number): [value: string, end: number] {
  const end = skip(header, start, /[^;]/);
  return [header.slice(start, end).trim(), end];
}

/** A quoted-string (RFC 9110, 5.6.4) from behind its opening quote; one that is never closed ends with the header. */
function quoted(header: string, start: number): [value: string, end: number] {
  let value = '';
  let at = start;
  while (at < header.length && header[at] !== '"') {
    if (header[at] === '\\' && at + 1 < header.length) at += 1;
    value += header.charAt(at);
    at += 1;
  }
  return [value.trim(), at + 1];
}

/** RFC 8187 `charset'language'value`; null when its bytes are not in its charset. Without the quotes it is UTF-8. */
function decodeExtended(value: string): string | null {
  const [, charset, encoded] = /^([^']*)'[^']*'(.*)$/su.exec(value) ?? [null, '', value];
  try {
    const decoder = new TextDecoder(charset || 'utf-8', { fatal: true });
    // Only whole triplets are codes; a percent sign alone stands for itself.
    return (encoded ?? '').replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
      decoder.decode(Uint8Array.from(run.slice(1).split('%'), (byte) => Number.parseInt(byte, 16))),
    );
  } catch {
    return null;
  }
}

function bareName(header: string, pieces: readonly Piece[]): string | null {
  const first = pieces[0];
  if (!first || first.name !== null || TYPES.has(first.value.toLowerCase())) return null;
  const hasParameters = pieces.some((piece) => piece.name !== null);
  if (hasParameters || pieces.length === 1) return first.value || null;
  // No parameter anywhere: the semicolons belong to the name.
  let end = header.length;
  while (end > 0 && /[\s;]/.test(header.charAt(end - 1))) end -= 1;
  return header.slice(skip(header, 0, /[\s;]/), end);
}
