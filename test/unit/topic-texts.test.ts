// Topics as Markdown and CSV: what a hostile text cannot do.

import { expect, it } from 'vitest';
import { topicCsv, topicMarkdown, topicTable } from '../../src/output/topic-texts.js';
import { topic } from './findings/topics.js';

const ALONE = { several: false, compared: false };

it.each([
  ['=1+1', `"'=1+1"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['\t=1', `"'=1"`],
  ['\u200b=1', `"'=1"`],
  ['＝1', `"'＝1"`],
  ['a "b", c', '"a ""b"", c"'],
  ['one\r\n=two', '"one =two"'],
  ['plain', 'plain'],
])('CSV: %j is %s', (title, cell) => {
  const [, line] = topicCsv([{ result: 'r.bcf', topic: topic({ guid: 'g', title }), change: null }]);
  expect(line?.startsWith(`r.bcf,g,${cell},`), line).toBe(true);
});

it('Markdown: a text is no link, no tag, no cell and no mention', () => {
  const title = '[x](http://a.example) <img src=x> a|b @all `c` *d*\n| e';
  const [, , line] = topicMarkdown(
    [{ result: 'r', topic: topic({ title, guid: 'g' }), change: null }],
    ALONE,
  );
  expect(line).toBe(
    '| \\[x\\]\\(http:&#47;&#47;a.example\\) &lt;img src=x&gt; a\\|b &#64;all \\`c\\` \\*d\\* \\| e | - | - | - | - | g |',
  );
});

it('a table has no characters that move the cursor', async () => {
  const lines = await topicTable(
    [{ result: 'r', topic: topic({ title: 'a\u001b[2Jb\u202ec', guid: 'g' }), change: null }],
    ALONE,
    80,
  );
  expect(lines[1]).toMatch(/^a \[2Jb c /);
});

it.each([80, 100, 120])(
  'a terminal of %i columns has the first GlobalId whole, and the end of the path',
  async (width) => {
    const ids = ['27LancYE1DDxVGcPaq1so7', '27LancYE1DDxVGcPaq1syj'];
    const one = topic({
      title: 'A long title of a topic about two walls',
      guid: 'c0d99263-9966-4195-8834-575e43dc0638',
      globalIds: ids,
    });
    const [, line] = await topicTable(
      [{ result: 'results/of/a/long/path/house-clashes.bcf', topic: one, change: null }],
      { several: true, compared: false },
      width,
    );
    expect(line).toContain(' 27LancYE1DDxVGcPaq1so7');
    expect(line).toMatch(/^\S*clashes\.bcf /);
  },
);
