// Headers as they are sent, and the only function to look one up.

/** Headers in their original order and spelling; values are already decoded to text (PROTOCOL 1.11, 10). */
export type HeaderFields = ReadonlyArray<readonly [name: string, value: string]>;

/** The first value of the header `name` (lower case), or null. Names are compared without case (RFC 9110 5.1). */
export function headerValue(headers: HeaderFields, name: string): string | null {
  return headers.find(([field]) => field.toLowerCase() === name)?.[1] ?? null;
}

/** True for a value that every server reads correctly: visible ASCII, with blanks inside (RFC 9110 5.5). */
export function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}
