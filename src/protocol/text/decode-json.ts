// Decodes JSON bytes: their encoding, and their value.

export interface JsonText {
  value: unknown;
  warnings: string[];
}

/** How the text was delivered, for the words of an error. */
export interface TextOrigin {
  status?: number;
  contentType?: string;
}

/** A decoded text, and warnings about its encoding. */
export interface DecodedText {
  content: string;
  warnings: string[];
}

/** The JSON value; null when the text is not JSON. */
export function asJson({ content, warnings }: DecodedText): JsonText | null {
  try {
    return { value: JSON.parse(content), warnings };
  } catch {
    return null;
  }
}

/** Decodes the text. A byte order mark is skipped; UTF-16 text must have one. */
export function decodeJson(text: Uint8Array | string, source: string): DecodedText {
  if (typeof text === 'string') return { content: text.replace(/^\ufeff/, ''), warnings: [] };
  const utf16 =
    text[0] === 0xff && text[1] === 0xfe
      ? 'utf-16le'
      : text[0] === 0xfe && text[1] === 0xff
        ? 'utf-16be'
        : null;
  if (utf16 !== null) return { content: new TextDecoder(utf16).decode(text), warnings: [] };
  try {
    return { content: new TextDecoder('utf-8', { fatal: true }).decode(text), warnings: [] };
  } catch {
    const content = new TextDecoder('windows-1252').decode(text);
    return { content, warnings: [`${source} is not UTF-8; it was read as Windows-1252`] };
  }
}
