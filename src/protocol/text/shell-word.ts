// A word of a command that a person can copy into a shell.

/** `word` in quotes where a shell would read it as more than one word, or as something to replace. */
export function shellWord(word: string): string {
  if (/^(?!~)[\w./:@%+,~-]+$/.test(word)) return word;
  // Double quotes are those of each shell, also of Windows. A POSIX shell still replaces some of what is in them.
  return /["$`!]|\\\\|\\$/.test(word) ? inSingleQuotes(word) : `"${word}"`;
}

/** `text` in the quotes in which a POSIX shell replaces nothing. */
export function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
