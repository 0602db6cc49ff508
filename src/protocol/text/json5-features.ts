// Finds the features that make a text JSON5 instead of JSON, in one pass.

const KINDS = {
  key: 'a key without quotes',
  comma: 'a trailing comma',
  comment: 'a comment',
  single: 'a string in single quotes',
};

const NAME_START = /[\p{L}_$]/u;
const NAME_PART = /[\p{L}\p{N}_$]/u;
const BLANK = /\s/;

/** Text like `a key without quotes (line 2), a trailing comma (line 6)`: the first occurrence of each kind. */
export function json5Features(content: string): string {
  const found = new Map<string, number>();
  let line = 1;
  let at = 0;
  /** The last character that is not a blank or a comment. If it is a comma and a bracket closes next, the comma is trailing. */
  let last = { sign: '', line: 1 };
  const note = (words: string, where: number) => {
    if (!found.has(words)) found.set(words, where);
  };
  const step = (to: number) => {
    for (; at < to; at += 1) if (content.charCodeAt(at) === 10) line += 1;
  };
  while (at < content.length) {
    const sign = content.charAt(at);
    const start = line;
    if (sign === '"' || sign === "'") {
      if (sign === "'") note(KINDS.single, start);
      step(endOfString(content, at));
    } else if (sign === '/' && (content[at + 1] === '/' || content[at + 1] === '*')) {
      note(KINDS.comment, start);
      step(endOfComment(content, at));
      continue;
    } else if (NAME_START.test(sign)) {
      let end = at + 1;
      while (end < content.length && NAME_PART.test(content.charAt(end))) end += 1;
      step(end);
      while (at < content.length && BLANK.test(content.charAt(at))) step(at + 1);
      if (content[at] === ':') note(KINDS.key, start);
      last = { sign: 'name', line: start };
      continue;
    } else {
      if ((sign === '}' || sign === ']') && last.sign === ',') note(KINDS.comma, last.line);
      step(at + 1);
      if (BLANK.test(sign)) continue;
    }
    last = { sign, line: start };
  }
  if (found.size === 0) return 'it uses syntax that JSON does not have';
  return [...found].map(([words, where]) => `${words} (line ${where})`).join(', ');
}

function endOfString(content: string, start: number): number {
  const quote = content.charAt(start);
  let at = start + 1;
  while (at < content.length && content.charAt(at) !== quote) at += content.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at + 1, content.length);
}

function endOfComment(content: string, start: number): number {
  const [end, length] = content[start + 1] === '/' ? ['\n', 0] : ['*/', 2];
  const at = content.indexOf(end, start + 2);
  return at === -1 ? content.length : at + length;
}
