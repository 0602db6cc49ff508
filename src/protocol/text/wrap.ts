// Breaks prose at blanks, so that a terminal does not break it inside a word.

/**
 * `text` as lines of at most `columns` characters; the second and later lines begin with `indent`. A word that is longer
 * stays whole, and a text with a command to copy (`bimservice …`) is one line, as is all text where `columns` is Infinity.
 */
export function wrapWords(text: string, columns: number, indent = ''): string[] {
  if (text.length <= columns || text.includes('bimservice ')) return [text];
  const [first = '', ...words] = text.trimStart().split(' ');
  const lines = [text.slice(0, text.length - text.trimStart().length) + first];
  for (const word of words) {
    const last = lines.at(-1) ?? '';
    if (last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}

/** The columns of a terminal; Infinity for everything else. */
export function columnsOf(output: { readonly isTTY?: boolean; readonly columns?: number }): number {
  return output.isTTY ? output.columns || 80 : Number.POSITIVE_INFINITY;
}
