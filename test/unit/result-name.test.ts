// Whatever a server calls a result, one safe name comes out.

import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeHeaderText } from '../../src/protocol/invocation/content-disposition.js';
import { numbered, resultName, safeFileName } from '../../src/protocol/invocation/result-name.js';

const bytes = (text: string) => Buffer.byteLength(text);

describe('safeFileName', () => {
  test.each<[about: string, suggested: string, name: string | null]>([
    ['plain', 'results.bcfzip', 'results.bcfzip'],
    ['blanks inside are kept', 'my report (1).txt', 'my report (1).txt'],
    ['other scripts are kept', '€ Möbel 住.ifc', '€ Möbel 住.ifc'],
    ['B119', '../../.ssh/authorized_keys', 'authorized_keys'],
    ['B119', '/etc/passwd', 'passwd'],
    ['B119', '..\\..\\x', 'x'],
    ['B119 both separators', '..\\../a\\b/c.txt', 'c.txt'],
    ['B119 nothing behind the separator', 'a/', null],
    ['B119', '..', null],
    ['B119', '.', null],
    ['B119', '../..', null],
    ['B119', '', null],
    ['B118 percent stays a percent', 'a%2Fb.txt', 'a%2Fb.txt'],
    ['B121', '.bashrc', '_bashrc'],
    ['B121', '.npmrc', '_npmrc'],
    ['B121', '.git', '_git'],
    ['B121 many dots', '...x', '_x'],
    ['B121 blanks before the dot', ' \t.bashrc', '_bashrc'],
    ['reads as an option', '-rf', '_rf'],
    ['B122', 'CON', '_CON'],
    ['B122', 'nul.txt', '_nul.txt'],
    ['B122', 'COM1.ifc', '_COM1.ifc'],
    ['B122', 'con .txt', '_con .txt'],
    ['B122', 'COM¹', '_COM¹'],
    ['B122', 'lpt³.tar.gz', '_lpt³.tar.gz'],
    ['B122', 'conin$', '_conin$'],
    ['B122', 'prn. ', '_prn'],
    ['B122 no device', 'console.txt', 'console.txt'],
    ['B122 no device', 'com10.txt', 'com10.txt'],
    ['B122', 'a.txt.', 'a.txt'],
    ['B122', 'a.txt . .', 'a.txt'],
    ['B122', 'a:b', 'a_b'],
    ['B122', 'a.txt::$DATA', 'a.txt__$DATA'],
    ['B122', 'a<b>"c"|d?e*.ifc', 'a_b__c__d_e_.ifc'],
    ['B124 NUL', 'x\0.txt', 'x_.txt'],
    ['B124 line feed', 'a\nb', 'a_b'],
    ['B124 blanks of any kind around', '\t\n a.txt\r\n', 'a.txt'],
    ['B124 escape', '\x1b[2Jx', '_[2Jx'],
    ['B124 C1 and DEL', 'a\x7f\x9bb', 'a__b'],
    ['B124 lone surrogates', 'a\ud800b\udc00', 'a_b_'],
    ['B124 bidi and zero width', 'a\u202efci.exe\u200b', 'a_fci.exe_'],
    ['B124 line separators', 'a\u2028b\u2029c', 'a_b_c'],
    ['nothing but replacements', '???', null],
    ['nothing but replacements', '\0', null],
    ['B125', `${'a'.repeat(300)}.ifc`, `${'a'.repeat(196)}.ifc`],
    ['B125', `${'住'.repeat(100)}.ifc`, `${'住'.repeat(65)}.ifc`],
    ['B125 beyond the BMP', `${'𝕏'.repeat(100)}.ifc`, `${'𝕏'.repeat(49)}.ifc`],
    ['B125 an extension that is none', `a.${'b'.repeat(300)}`, `a.${'b'.repeat(198)}`],
    ['B125 no blank at the new end', `${'a'.repeat(199)} ${'b'.repeat(50)}`, 'a'.repeat(199)],
    ['B125 a device only after the cut', `con${' '.repeat(300)}x.ifc`, `_con${' '.repeat(192)}.ifc`],
    ['B151', 'C:\\models\\a b.ifc', 'a b.ifc'],
    ['B151', '\\\\?\\UNC\\server\\share\\a.ifc', 'a.ifc'],
    ['B151', 'C:\\models\\', null],
    ['B151 relative to a drive', 'C:a.ifc', 'C_a.ifc'],
  ])('%s: %j', (_, suggested, name) => {
    expect(safeFileName(suggested)).toBe(name);
  });

  const fragments = fc.constantFrom(
    ...[
      '.',
      '..',
      '/',
      '\\',
      ' ',
      '-',
      '_',
      ':',
      '\0',
      '\n',
      'con',
      'NUL',
      'COM¹',
      'a',
      '住',
      '𝕏',
      '.ifc',
      '%2F',
    ],
    ...['\ud800', '\udc00', '\u202e', '\u00a0', '\u3000', '\ufeff', ' '.repeat(190), 'x'.repeat(190)],
  );
  const suggestions = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join('')),
  );

  function expectSafe(name: string) {
    expect(name).not.toMatch(/[/\\:\0-\x1f\x7f-\x9f]|^[\s.-]|[\s.]$/u);
    expect(name.isWellFormed()).toBe(true);
    expect(bytes(name)).toBeGreaterThan(0);
    expect(bytes(name)).toBeLessThanOrEqual(200);
    for (const path of [posix, win32])
      expect(path.resolve('/out', name)).toBe(path.join(path.resolve('/out'), name));
    expect(name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)\s*(?:\.|$)/i);
  }

  test('B119 to B125: any suggestion gives one safe segment or null, and the same again', () => {
    fc.assert(
      fc.property(suggestions, (suggested) => {
        const name = safeFileName(suggested);
        if (name === null) return;
        expectSafe(name);
        expect(safeFileName(name)).toBe(name);
      }),
      { numRuns: 5000 },
    );
  });

  test('any header, model, service id and extension give one safe name', () => {
    const header = fc.oneof(
      suggestions,
      suggestions.map((text) => `attachment; filename="${text}"`),
    );
    fc.assert(
      fc.property(
        fc.option(header),
        fc.option(suggestions),
        suggestions,
        suggestions,
        (disposition, modelPath, serviceId, extension) => {
          const raw = disposition === null ? null : decodeHeaderText(disposition);
          expectSafe(resultName({ disposition: raw, modelPath, serviceId, extension }));
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe('resultName', () => {
  const source = {
    disposition: null,
    serviceId: 'clash-detection',
    modelPath: '/m/house.ifc',
    extension: 'bcf',
  };

  test.each<[about: string, change: Partial<Parameters<typeof resultName>[0]>, name: string]>([
    ['the suggestion', { disposition: 'attachment; filename="r.bcfzip"' }, 'r.bcfzip'],
    ['the suggestion made safe', { disposition: '../.profile' }, '_profile'],
    ['no header', {}, 'house.clash-detection.bcf'],
    ['a header without a name', { disposition: 'attachment' }, 'house.clash-detection.bcf'],
    ['a suggestion of which nothing is left', { disposition: 'filename=".."' }, 'house.clash-detection.bcf'],
    ['extension with its dot', { extension: '.bcfzip' }, 'house.clash-detection.bcfzip'],
    ['no extension', { extension: '' }, 'house.clash-detection'],
    ['stdin', { modelPath: null }, 'model.clash-detection.bcf'],
    ['B151 model of Windows', { modelPath: 'C:\\m\\a b.ifc' }, 'a b.clash-detection.bcf'],
    ['B122 model with a device name', { modelPath: 'con.ifc' }, '_con.clash-detection.bcf'],
    ['id with the alias of its repository', { serviceId: 'tno/clash' }, 'house.tno-clash.bcf'],
    ['B125 long model', { modelPath: `${'住'.repeat(80)}.ifc` }, `${'住'.repeat(60)}.clash-detection.bcf`],
  ])('%s', (_, change, name) => {
    expect(resultName({ ...source, ...change })).toBe(name);
  });
});

describe('numbered', () => {
  test.each([
    ['a.bcf', 1, 'a (1).bcf'],
    ['a.tar.gz', 12, 'a.tar (12).gz'],
    ['results', 2, 'results (2)'],
    ['.hidden', 1, '.hidden (1)'],
    [`${'a'.repeat(196)}.ifc`, 1, `${'a'.repeat(192)} (1).ifc`],
    [`${'住'.repeat(65)}.ifc`, 10, `${'住'.repeat(63)} (10).ifc`],
  ])('B134: %s, %d', (name, n, expected) => {
    expect(numbered(name, n)).toBe(expected);
    expect(bytes(numbered(name, n))).toBeLessThanOrEqual(200);
  });
});
