// Cuts foreign text with loops: a pattern such as `/\/+$/` takes quadratic time for text that others write. Positions in what
// `asciiLowerCase` returns are positions in the text itself.

/** `text` without the `characters` at its end. */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** `text` without the `characters` at both ends. */
export function trimOf(text: string, characters: string): string {
  const head = trimEndOf(text, characters);
  let start = 0;
  while (start < head.length && characters.includes(head.charAt(start))) start += 1;
  return head.slice(start);
}

/** `text` up to the first of the `characters`, or all of it. */
export function before(text: string, characters: string): string {
  for (let at = 0; at < text.length; at += 1) {
    if (characters.includes(text.charAt(at))) return text.slice(0, at);
  }
  return text;
}

/** The part of a path behind its last slash or backslash. */
export function lastSegment(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** `text` with ASCII letters in lower case. Its length stays the same, which `toLowerCase` does not promise (`İ`). */
export function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
