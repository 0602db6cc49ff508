import { describe, expect, it } from 'vitest';
import { BimServiceError } from '../../src/errors.js';
import { parseJsonText } from '../../src/protocol/text/json5-text.js';

const bytes = (text: string) => new TextEncoder().encode(text);

function failure(text: string | Uint8Array, source = 'list.json', origin = {}): BimServiceError {
  try {
    parseJsonText(text, source, origin);
  } catch (error) {
    if (error instanceof BimServiceError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('what is read', () => {
  it.each([
    ['JSON', bytes('{"a":[1]}'), { a: [1] }],
    ['a byte order mark before bytes', new Uint8Array([0xef, 0xbb, 0xbf, ...bytes('[]')]), []],
    ['a byte order mark before text', '\ufeff[]', []],
    ['UTF-16 with its mark', new Uint8Array([0xff, 0xfe, 0x5b, 0, 0x5d, 0]), []],
    ['UTF-16, big end first', new Uint8Array([0xfe, 0xff, 0, 0x5b, 0, 0x5d]), []],
    ['null', 'null', null],
  ])('%s, without a warning', (_, text, value) => {
    expect(parseJsonText(text, 'list.json')).toEqual({ value, warnings: [] });
  });

  it.each([
    ['{\n a: 1 }', { a: 1 }, 'a key without quotes (line 2)'],
    ['[1,\n2,\n]', [1, 2], 'a trailing comma (line 2)'],
    ['// x, y: "z\n[1]', [1], 'a comment (line 1)'],
    ["['a: b']", ['a: b'], 'a string in single quotes (line 1)'],
    [
      '{b: 1,\n "c": [2,], /* d: */\n}',
      { b: 1, c: [2] },
      'a key without quotes (line 1), a trailing comma (line 2), a comment (line 2)',
    ],
    ['{"x: 1,]": .5}', { 'x: 1,]': 0.5 }, 'it uses syntax that JSON does not have'],
  ])('JSON5 %j, with one warning that says what was found', (text, value, found) => {
    expect(parseJsonText(text, 'list.json')).toEqual({
      value,
      warnings: [`list.json is JSON5, not JSON: ${found}`],
    });
  });

  it('text in Windows-1252, with a warning', () => {
    const text = new Uint8Array([...bytes('["M'), 0xf6, ...bytes('bel"]')]);
    const { value, warnings } = parseJsonText(text, 'list.json');
    expect(value).toEqual(['Möbel']);
    expect(warnings).toEqual(['list.json is not UTF-8; it was read as Windows-1252']);
  });

  it('a key named __proto__ as an own member, in both syntaxes (B056)', () => {
    for (const text of ['{"__proto__":{"services":[]}}', "{'__proto__':{services:[]}}"]) {
      const { value } = parseJsonText(text, 'x');
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.keys(Object(value))).toEqual(['__proto__']);
    }
  });
});

describe('what is refused', () => {
  it.each([
    ['{"a": 1', 'list.json is not valid JSON: line 1, column 8: invalid end of input: {"a": 1'],
    [
      '{\n  "a": b\u001b[2J\n}',
      'list.json is not valid JSON: line 2, column 8: invalid character \'b\': "a": b [2J',
    ],
    [
      '{\n"oauth: {\n}',
      'list.json is not valid JSON: line 3, column 1: a string is not closed on the line before: "oauth: {',
    ],
  ])('%j: line, column and the line itself', (text, message) => {
    const error = failure(text);
    expect(error.message).toBe(message);
    expect([error.code, error.exitCode]).toEqual(['repository-invalid', 3]);
  });

  it('a very long broken line is cut', () => {
    expect(failure(`["${'x'.repeat(5000)}" y]`).message.length).toBeLessThan(220);
  });

  it.each(['', ' \n', '\ufeff'])('%j is empty', (text) => {
    expect(failure(text).message).toBe('list.json is empty');
  });

  it('a web page is called one, with status, type and title (B053)', () => {
    const page = '\n<!DOCTYPE html><html><title>Sign\n in</title>';
    const error = failure(page, 'https://a.example/list', { status: 200, contentType: 'text/html' });
    expect(error.message).toBe(
      'https://a.example/list is a web page titled "Sign in", not JSON (HTTP 200, text/html)',
    );
    expect(error.hint).toContain('sign-in page');
  });

  it('a page of GitHub: the hint names the raw file', () => {
    expect(failure('<html>', 'https://github.com/o/r').hint).toContain('"Raw"');
  });

  it('ten thousand levels and a huge broken text end in one line, not in a crash', () => {
    expect(parseJsonText(`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'deep').warnings).toEqual([]);
    expect(failure('['.repeat(100_000)).code).toBe('repository-invalid');
  });
});
