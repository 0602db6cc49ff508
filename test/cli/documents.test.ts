// README and docs are true: every line of a block that begins with `$ ` runs, and prints what the page shows.
// In what is shown, `…` stands for anything, and lines of progress may be left out.

import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRepository } from '../../src/protocol/repository/repository.js';
import { DocSession } from '../support/doc-session.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The provider of the pages. */
const SHOWN_ORIGIN = 'http://127.0.0.1:8765';

interface Shown {
  /** The `export` lines above it in its block. */
  exports: string[];
  command: string;
  output: string[];
}

interface Block {
  language: string;
  text: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', inner = '']) => ({
    language,
    text: inner,
  }));
}

/** The commands of a page, each with what is shown below it. */
function shownOn(page: string): Shown[] {
  return blocksOf(page).flatMap(({ text }) => {
    const exports: string[] = [];
    return text
      .split(/^\$ /m)
      .slice(1)
      .flatMap((part) => {
        const [command = '', ...output] = part.split('\n');
        if (command.startsWith('export ')) {
          exports.push(command);
          return [];
        }
        return [{ exports: [...exports], command, output: output.filter((line) => line.trim() !== '') }];
      });
  });
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether the lines shown are among those printed, in this order. */
function expectShown(session: DocSession, { command, output }: Shown, printed: string): void {
  const real = printed
    .replaceAll(session.provider.origin, SHOWN_ORIGIN)
    .replaceAll(session.home, '/home/you');
  // A secret is another one each time.
  const lines = command.includes(' token ') ? output.map((line) => line.replace(/^[\w-]{12}$/, '…')) : output;
  const pattern = lines.map((line) => `^${escaped(line).replaceAll('…', '.*')}$`).join('[\\s\\S]*?');
  expect(real).toMatch(new RegExp(pattern, 'm'));
}

describe('README', () => {
  let session: DocSession;
  beforeAll(async () => {
    session = await DocSession.start();
  });
  afterAll(() => session[Symbol.asyncDispose]());

  test('the demo', async () => {
    const [first] = blocksOf('README.md');
    expect(first?.text).toBe('npm install && npx bimservice demo\n');
    expect((await session.run('npx bimservice demo')).code).toBe(0);
  });

  const all = shownOn('README.md');
  test('has commands to run', () => expect(all.length).toBeGreaterThan(8));

  test.each(all.map((shown) => [shown.command, shown] as const))('$ %s', async (command, shown) => {
    if (command === 'bimservice serve') {
      const { code, output } = await session.serve(shown.output.length);
      expect([0, 130]).toContain(code);
      return expectShown(session, shown, output.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, SHOWN_ORIGIN));
    }
    const { exports } = shown;
    const needsToken = exports.some((line) => line.includes('BIMSERVICE_TOKEN=...'));
    const token = needsToken ? (await session.run('bimservice token duplicate')).output.trim() : '';
    const line = [...exports, command]
      .join('; ')
      .replaceAll(SHOWN_ORIGIN, session.provider.origin)
      .replace('BIMSERVICE_TOKEN=...', `BIMSERVICE_TOKEN=${token}`);
    // A job of a pipeline has no store.
    const env: Record<string, string> =
      exports.length > 0 ? { BIMSERVICE_CONFIG_DIR: join(session.folder, 'job') } : {};
    const { code, output } = await session.run(line, env);
    expect(code, output).toBe(0);
    expectShown(session, shown, output);
  });
});

describe('docs/repository-format.md', () => {
  const examples = blocksOf('docs/repository-format.md')
    .filter(({ language }) => language === 'json')
    .map(({ text }) => text);

  test.each(examples)('is a whole repository: %s', (text) => {
    const rules = { source: 'x', location: 'https://bim.example.org/list', strict: true, insecure: false };
    const { services, warnings } = readRepository(JSON.parse(text), rules);
    expect(warnings).toEqual([]);
    expect(services).toHaveLength(1);
  });

  test('a model beside its rules, as a form', async () => {
    const [{ command } = { command: '' }] = shownOn('docs/repository-format.md');
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
      const { code, output } = await session.run(command, { BIMSERVICE_REPOSITORY: 'list.json' });
      expect(code, output).toBe(0);
      expect(bodies.join()).toContain('name="mvdXMLfile"');
      expect(bodies.join()).toContain('name="ifcFile"');
    } finally {
      server.close();
    }
  });
});

/** Pages whose commands are run above, or elsewhere. */
const RUN = ['README.md', 'docs/repository-format.md'];

test('no other page has a command that no test runs', () => {
  const others = PAGES.filter((page) => !RUN.includes(page) && shownOn(page).length > 0);
  expect(others).toEqual([]);
});
