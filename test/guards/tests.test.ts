// Rules of the tests themselves: what would let a test pass, or fail, for a reason that is not its own.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const TESTS = fileURLToPath(new URL('../', import.meta.url));
const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name: name.replaceAll('\\', '/'), text: readFileSync(`${TESTS}/${name}`, 'utf8') }));

const importsExpect = (text: string) => /import \{[^}]*\bexpect\b[^}]*\} from 'vitest'/.test(text);

test('tests at the same time take `expect` from their context: the global one counts for the test that began last', () => {
  // `meetEach` gives its tests their own.
  const concurrent = files.filter(({ text }) =>
    /^ *(?:it|test|describe)\.concurrent\b(?!\(.*meetEach)/m.test(text),
  );
  expect(concurrent.length).toBeGreaterThan(4);
  const wrong = concurrent.filter(({ text }) => importsExpect(text) && !text.includes('{ expect }) => {'));
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test('a module of several test files has no hooks of its own: it is loaded once for all files of a worker', () => {
  const modules = files.filter(({ name }) => !/\.(?:test|slow)\.ts$/.test(name));
  expect(modules.length).toBeGreaterThan(50);
  const wrong = modules.filter(({ text }) => /^(?:before|after)(?:All|Each)\(/m.test(text));
  expect(wrong.map(({ name }) => name)).toEqual(['support/process-state.ts']);
});

test('a regular expression in an expected object is compared with the text', () => {
  expect({ code: 1, stderr: 'hello' }).toMatchObject({ stderr: /^hell/ });
  const global = /l/g;
  for (const stderr of ['hello', 'hello', 'hello']) expect({ stderr }).toMatchObject({ stderr: global });
  for (const other of ['bye', 1, null, undefined]) {
    expect({ stderr: other }).not.toMatchObject({ stderr: /^hell/ });
    expect({ stderr: other }).not.toEqual({ stderr: /^hell/ });
  }
  expect([{ in: { stderr: 'bye' } }]).not.toMatchObject([{ in: { stderr: /^hell/ } }]);
});
