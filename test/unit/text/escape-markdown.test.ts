// Hostile text in Markdown stays text.
import { expect, test } from 'vitest';
import { escapeMarkdown, escapeMarkdownCode } from '../../../src/protocol/text/escape-markdown.js';

test.each([
  ['[x](javascript:alert)', String.raw`\[x\]\(javascript:alert\)`],
  ['![x][y]', String.raw`\!\[x\]\[y\]`],
  ['http://a.example', 'http:&#47;&#47;a.example'],
  ['see www.a.example or WWW.b.example', String.raw`see www\.a.example or WWW\.b.example`],
  ['<img src=x onerror="a">', '&lt;img src=x onerror=&quot;a&quot;&gt;'],
  ['<!-- x', String.raw`&lt;\!-- x`],
  ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
  ['@team #1', String.raw`&#64;team \#1`],
  ['a|b', String.raw`a\|b`],
  ['a\\|b', String.raw`a\\\|b`],
  ['`c` *d* _e_ ~f~ {g}', String.raw`\`c\` \*d\* \_e\_ \~f\~ \{g\}`],
  ['$x$ + 1', String.raw`\$x\$ \+ 1`],
  ['a\n\n# b\r| c', String.raw`a \# b \| c`],
  ['a\u001b[2J\u202eb\u200bc', String.raw`a \[2J b c`],
  ['\ud83d', '\ufffd'],
])('%j is %s', (text, escaped) => {
  expect(escapeMarkdown(text, 200)).toBe(escaped);
});

test('text is cut before it is escaped, so no escape is cut', () => {
  expect(escapeMarkdown('****', 3)).toBe(String.raw`\*\*…`);
});

test('text between backticks does not end them, nor a cell or a line', () => {
  expect(escapeMarkdownCode('a`|\n<b>')).toBe("a'' <b>");
});
