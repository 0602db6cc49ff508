// Encodes multipart/form-data as a stream of bytes (RFC 7578; field names are escaped as the HTML standard says).
// The existing libraries need Files or known Node streams; here a model is any byte stream and may be sent again.

/** `size` in bytes; null when it is unknown. */
export type FormPart =
  | { name: string; text: string }
  | { name: string; fileName: string; size: number | null; bytes: () => AsyncIterable<Uint8Array> };

export function formContentType(boundary: string): string {
  return `multipart/form-data; boundary=${boundary}`;
}

/** The bytes of the whole form, or null when the size of a part is unknown. */
export function formLength(parts: readonly FormPart[], boundary: string): number | null {
  let length = Buffer.byteLength(ending(boundary));
  for (const part of parts) {
    const size = 'text' in part ? Buffer.byteLength(part.text) : part.size;
    if (size === null) return null;
    length += Buffer.byteLength(headOf(part, boundary)) + size + 2;
  }
  return length;
}

export async function* formBytes(
  parts: readonly FormPart[],
  boundary: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    yield Buffer.from(headOf(part, boundary));
    if ('text' in part) yield Buffer.from(part.text);
    else yield* part.bytes();
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(ending(boundary));
}

function headOf(part: FormPart, boundary: string): string {
  const name = `Content-Disposition: form-data; name="${escaped(part.name)}"`;
  const lines =
    'text' in part
      ? [name]
      : [`${name}; filename="${escaped(part.fileName)}"`, 'Content-Type: application/octet-stream'];
  return [`--${boundary}`, ...lines, '', ''].join('\r\n');
}

function ending(boundary: string): string {
  return `--${boundary}--\r\n`;
}

function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
