// The pages quote what the program really says: each message is in the source. docs/troubleshooting.md has every error code.

import { readdirSync, readFileSync } from 'node:fs';
import { parseAst } from 'rolldown/parseAst';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/errors.js';

const SRC = new URL('../../src/', import.meta.url);
const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');

/** The rows of the tables, with the exit code of their heading. */
const rows = page.split(/^## /m).flatMap((section) => {
  const exits = (/^Exit ([\d, ]+)/.exec(section)?.[1] ?? '').split(',').map(Number);
  return [...section.matchAll(/^\| `(.+?)`[^|]*\| (.+?) \|/gm)].map(([, message = '', codes = '']) => ({
    exits,
    message,
    codes: [...codes.matchAll(/`([a-z][a-z-]+)`/g)].map(([, code = '']) => code),
  }));
});

/** The texts of the source, with `…` where a value is filled in. Comments are none. */
function textsOf(path: string): string[] {
  const texts: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'Literal' && 'value' in node && typeof node.value === 'string')
      texts.push(node.value);
    if ('quasis' in node && Array.isArray(node.quasis))
      texts.push(node.quasis.map(({ value }) => value.cooked).join('…'));
    Object.values(node).forEach(visit);
  };
  visit(parseAst(readFileSync(new URL(path, SRC), 'utf8'), { lang: 'ts' }));
  return texts;
}

const texts = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('generated'))
  .flatMap((path) => textsOf(path.replaceAll('\\', '/')));

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A text of the source says this; `…` and `(404)` are filled in there. */
function isSaid(message: string): boolean {
  const parts = message.split(/…|\((?:\d{3}|[A-Z_]+)\)/).map((part) => escaped(part.trim()));
  const pattern = new RegExp(parts.join('.*'));
  return parts.join('').length > 4 && texts.some((text) => pattern.test(text));
}

/** As a whole, or in two parts: `HOST was not reached: ` and why, `the proxy HOST ` and what it did. */
const isKnown = (message: string) =>
  isSaid(message) || message.split(': ').every(isSaid) || isSaid(message.replace(/^the proxy … /, ''));

test('each message of the page is one of the program', () => {
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter(({ message }) => !isKnown(message)).map(({ message }) => message)).toEqual([]);
});

test('each message of docs/networks.md, too', () => {
  const networks = readFileSync(new URL('../../docs/networks.md', import.meta.url), 'utf8');
  const [, table = ''] = networks.split('| message | what to do |');
  const messages = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
  );
  expect(messages.length).toBeGreaterThan(10);
  expect(messages.filter((message) => !isKnown(message))).toEqual([]);
});

test('every error code has a row, below the heading of its exit code', () => {
  const named = new Map(rows.flatMap(({ codes, exits }) => codes.map((code) => [code, exits] as const)));
  expect([...named.keys()].sort()).toEqual(Object.keys(EXIT_CODES).sort());
  for (const [code, exit] of Object.entries(EXIT_CODES)) expect(named.get(code), code).toContain(exit);
});

test('this guard sees a changed message', () => {
  expect(isKnown('… is not authorized yet')).toBe(true);
  expect(isKnown('… has not been authorized yet')).toBe(false);
  expect(isKnown('the gate … could not check')).toBe(false);
});
