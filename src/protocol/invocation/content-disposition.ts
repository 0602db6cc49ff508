// Finds the file name in a Content-Disposition header: by RFC 6266, and in the irregular forms that servers send.
// Also decodes the bytes of header values to text.

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a header value. Node and undici deliver one character for each byte: valid UTF-8 is decoded, anything
 * else stays latin1 (PROTOCOL 1.11, 10). Call it exactly once for each value: a second pass would change text
 * that was encoded as UTF-8 twice. Never throws.
 */
export function decodeHeaderText(latin1: string): string {
  if (!/[\u0080-\u00ff]/.test(latin1) || /[^\u0000-\u00ff]/.test(latin1)) return latin1;
  try {
    return strictUtf8.decode(Uint8Array.from(latin1, (character) => character.charCodeAt(0)));
  } catch {
    return latin1;
  }
}

/** One piece between semicolons: `name=value`, or a value alone (the type, or the file name itself). */
interface Piece {
  /** In lower case; null for a value alone. */
  name: string | null;
  value: string;
}

const TYPES = new Set(['attachment', 'inline', 'form-data']);

/**
 * The file name in a Content-Disposition value that `decodeHeaderText` has decoded; null when it has none. The name is
 * foreign and raw: only `safeFileName` makes a file name of it.
 *
 * `filename*` (RFC 8187) has priority over `filename`, in any order and case. Accepted are quoted and unquoted values,
 * blanks, a missing type, extra semicolons, and a file name alone in the place of the type, as BIMserver's plug-ins
 * send it (PROTOCOL 1.5). Percent signs in a plain `filename` are literal (RFC 6266, appendix D). Never throws.
 */
export function fileNameFrom(header: string): string | null {
  return fileNamesFrom(header)[0] ?? null;
}

/**
 * All file names in such a value, the best first: a `filename*` that keeps to RFC 8187, `filename`, a `filename*` that
 * can only be guessed at, a file name in the place of the type. Where the first cannot be used, the next may be good.
 */
export function fileNamesFrom(header: string): string[] {
  const pieces = split(header);
  const extended = pieces.find((piece) => piece.name === 'filename*')?.value;
  const plain = pieces.find((piece) => piece.name === 'filename')?.value;
  const decoded = extended ? decodeExtended(extended) : null;
  const isSound = decoded !== null && !/%(?![0-9a-f]{2})/i.test(extended ?? '');
  const names = isSound ? [decoded, plain] : [plain, decoded];
  return [...names, bareName(header, pieces)].filter((name): name is string => !!name);
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

/** A quoted-string (RFC 9110, 5.6.4), from after its opening quote. Without a closing quote it ends with the header. */
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

/** RFC 8187 `charset'language'value`; null when the bytes are invalid in that charset. Without quotes it is UTF-8. */
function decodeExtended(value: string): string | null {
  const [, charset, encoded] = /^([^']*)'[^']*'(.*)$/su.exec(value) ?? [null, '', value];
  try {
    const decoder = new TextDecoder(charset || 'utf-8', { fatal: true });
    // RFC 8187 has bytes that are ASCII where they are not encoded; these charsets have none.
    if (decoder.encoding.startsWith('utf-16')) return null;
    // Only whole triplets are codes; a percent sign alone is literal.
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
  // There is no parameter at all, so the semicolons belong to the name.
  let end = header.length;
  while (end > 0 && /[\s;]/.test(header.charAt(end - 1))) end -= 1;
  return header.slice(skip(header, 0, /[\s;]/), end);
}
