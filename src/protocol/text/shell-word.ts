// A word of a command that a person can copy into a shell.

/** `word` in quotes where a shell would read it as more than one word. */
export function shellWord(word: string): string {
  return /^[\w./:\\@%+,~-]+$/.test(word) ? word : JSON.stringify(word);
}
