// README and docs are true: every line of a block that begins with `$ ` runs, and the page shows what it prints.
// After a change of a message: npm run docs:outputs writes the outputs into the pages again.

import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readRepository } from '../../src/protocol/repository/repository.js';
import { blocksOf, shortened, withOutputs } from '../support/doc-page.js';
import { DocSession } from '../support/doc-session.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

const AUTHORIZED = [
  ['bimservice serve'],
  [
    'bimservice repository add http://127.0.0.1:8765/servicelist --alias demo',
    'bimservice authorize duplicate',
  ],
];

/** The pages with commands, and what their reader has done before. */
const SHOWN: ReadonlyArray<readonly [page: string, before: string[][]]> = [
  ['README.md', []],
  ['docs/getting-started.md', []],
  ['docs/authorization-without-a-browser.md', AUTHORIZED],
  ['docs/pipelines.md', AUTHORIZED],
  ['docs/troubleshooting.md', AUTHORIZED],
];

describe.each(SHOWN)('%s', (page, before) => {
  test('shows what its commands print', async () => {
    await using session = await DocSession.start();
    for (const block of before) await session.runBlock(block);
    const text = read(page);
    const printed: string[][][] = [];
    for (const { commands } of blocksOf(text).filter((block) => block.commands.length > 0)) {
      const results = await session.runBlock(commands.map(({ command }) => command));
      results.forEach(({ code, lines }, at) => {
        expect(code, `${commands[at]?.command}\n${lines.join('\n')}`).toBe(0);
      });
      printed.push(results.map(({ lines }) => lines));
    }
    expect(printed.flat().length).toBeGreaterThan(2);
    await expect(
      withOutputs(text, printed),
      `${page} shows other outputs than its commands print: npm run docs:outputs`,
    ).toMatchFileSnapshot(join(ROOT, page));
  });
});

describe('README', () => {
  test('the demo', async () => {
    await using session = await DocSession.start();
    const [first, second] = blocksOf(read('README.md'));
    expect(first?.text).toBe('npx bimservice demo\nnpm install -g bimservice\n');
    expect(second?.text).toBe('npm install && npx bimservice demo\n');
    expect(await session.runBlock(['npx bimservice demo'])).toMatchObject([{ code: 0 }]);
  });

  test('has the steps that serve prints', async () => {
    const commands = blocksOf(read('README.md')).flatMap((block) => block.commands);
    const [serve, ...steps] = commands.map(({ command }) => command);
    expect(serve).toBe('bimservice serve');
    const printed = commands[0]?.output.filter((line) => /^ +bimservice \w/.test(line)) ?? [];
    expect(printed.length).toBeGreaterThan(3);
    for (const line of printed) {
      const [, verb = ''] = /^ +(bimservice \w+)/.exec(line) ?? [];
      expect(
        steps.some((step) => step.startsWith(verb)),
        line,
      ).toBe(true);
    }
    expect(steps.some((step) => step.endsWith('--dry-run'))).toBe(true);
  });
});

describe('the outputs of a page', () => {
  const page = 'Text\n\n```\n$ one\nold\n\n$ two\n```\n\n```json\n{}\n```\n';

  test('take the place of those that it shows, and nothing else changes', () => {
    expect(withOutputs(page, [[['new', 'lines'], []]])).toBe(page.replace('old', 'new\nlines'));
  });

  test.each([
    [['ends at 12:05'], ['ends at …'], ['ends at …']],
    [['begins at 12:05'], ['ends at …'], ['begins at 12:05']],
    [
      ['a', 'b', 'c'],
      ['a', '…'],
      ['a', '…'],
    ],
    [
      ['x', 'b', 'c'],
      ['a', '…'],
      ['x', '…'],
    ],
    [['a', 'b'], ['a'], ['a', 'b']],
  ])('%j, shown as %j, is %j', (lines, shown, expected) => {
    expect(shortened(lines, shown)).toEqual(expected);
  });
});

describe('docs/repository-format.md', () => {
  const blocks = blocksOf(read('docs/repository-format.md'));
  const examples = blocks.filter(({ language }) => language === 'json').map(({ text }) => text);

  test.each(examples)('is a whole repository: %s', (text) => {
    const rules = { source: 'x', location: 'https://bim.example.org/list', strict: true, insecure: false };
    const { services, warnings } = readRepository(JSON.parse(text), rules);
    expect(warnings).toEqual([]);
    expect(services).toHaveLength(1);
  });

  test('a model beside its rules, as a form', async () => {
    const [{ command } = { command: '' }] = blocks.flatMap(({ commands }) => commands);
    const example = examples.find((text) => text.includes('mvdXML check')) ?? '';
    await using session = await DocSession.start();
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('latin1').on('data', (part: string) => {
        body += part;
      });
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const list = example.replace('https://mvd.example.org', `http://127.0.0.1:${port}`);
      await writeFile(join(session.home, 'list.json'), list);
      await writeFile(join(session.home, 'rules.mvdxml'), '<mvdXML/>');
      const [ran] = await session.runBlock([command], { BIMSERVICE_REPOSITORY: 'list.json' });
      expect(ran?.code, ran?.lines.join('\n')).toBe(0);
      expect(bodies.join()).toContain('name="mvdXMLfile"');
      expect(bodies.join()).toContain('name="ifcFile"');
    } finally {
      server.close();
    }
  });
});

test('no other page has a command that no test runs', () => {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const run = [...SHOWN.map(([page]) => page), 'docs/repository-format.md'];
  const others = ['CONTRIBUTING.md', 'SECURITY.md', ...docs.map((name) => `docs/${name}`)].filter(
    (page) => !run.includes(page) && blocksOf(read(page)).some(({ commands }) => commands.length > 0),
  );
  expect(others).toEqual([]);
});
