import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanText } from '../../src/protocol/text/clean-text.js';

test.each([
  ['plain', 'plain'],
  ['two words', 'two words'],
  [' in front', 'in front'],
  ['behind ', 'behind'],
  ['two  blanks', 'two blanks'],
  ['', ''],
  ['tab\tand\nline', 'tab and line'],
  ['\u001b[31mred\u0007', '[31mred'],
  ['\u202eevil', 'evil'],
])('%j -> %j', (text, clean) => {
  expect(cleanText(text)).toBe(clean);
});

test('plain text takes a shorter path to the same result', () => {
  const words = fc.array(fc.constantFrom('a', 'Wall', '7', '~', ' ', '  ', '\t'), { maxLength: 12 });
  fc.assert(
    fc.property(words, (parts) => {
      const text = parts.join('');
      expect(cleanText(text)).toBe(text.replace(/\s+/g, ' ').trim());
    }),
  );
  expect(cleanText('x'.repeat(200), 200)).toHaveLength(200);
  expect(cleanText('x'.repeat(201), 200)).toBe(`${'x'.repeat(199)}…`);
});

test('the limit counts code points, also of text far beyond it', () => {
  expect(cleanText('𝔸'.repeat(5), 5)).toBe('𝔸'.repeat(5));
  expect(cleanText('𝔸'.repeat(6), 5)).toBe(`${'𝔸'.repeat(4)}…`);
  expect(cleanText(`é${'𝔸'.repeat(100_000)}`, 5)).toBe(`é${'𝔸'.repeat(3)}…`);
});
