// Decodes text in the encodings of common systems: UTF-8, and UTF-16 as `>` writes it in Windows PowerShell 5.1.

/** `bytes` as text without a byte order mark. UTF-16 is recognized by its mark, or by the zero bytes of plain ASCII in it. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf([first, second, third, fourth]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be';
  return 'utf-8';
}
