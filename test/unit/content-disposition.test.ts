// Content-Disposition as servers send it, not only as the RFC says.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeHeaderText,
  fileNameFrom,
  fileNamesFrom,
} from '../../src/protocol/invocation/content-disposition.js';

test.each<[about: string, header: string, name: string | null]>([
  ['RFC 6266 quoted', 'attachment; filename="x.bcf"', 'x.bcf'],
  ['RFC 6266 token', 'attachment; filename=x.bcf', 'x.bcf'],
  ['inline', 'inline; filename="x.bcf"', 'x.bcf'],
  ['names of parameters in any case', 'Attachment; FileName="x.bcf"', 'x.bcf'],
  ['blanks around =', 'attachment; filename = "x.bcf"', 'x.bcf'],
  ['B106 trailing semicolon', 'attachment; filename="file.zip";', 'file.zip'],
  ['B106 trailing semicolons, token', 'attachment; filename=file.zip ; ;', 'file.zip'],
  ['B106 stray semicolons in front', ';; attachment;; filename=file.zip', 'file.zip'],
  ['B107 unquoted with blanks and brackets', 'attachment; filename=my report (1).txt', 'my report (1).txt'],
  ['B107 unquoted with a comma', 'attachment; filename=a, b.txt', 'a, b.txt'],
  ['B107 unquoted with a quote inside', 'attachment; filename=12" pipe.ifc', '12" pipe.ifc'],
  ['B109 bare file name', 'results.txt', 'results.txt'],
  ['B109 bare file name with blanks', ' clash results.bcfzip ', 'clash results.bcfzip'],
  ['B109 bare file name, quoted', '"results;1.txt"', 'results;1.txt'],
  ['B109 bare file name with a semicolon at its end', 'results.txt;', 'results.txt'],
  ['B109 bare file name with a semicolon inside', 'clash; part 2.bcfzip;', 'clash; part 2.bcfzip'],
  ['B109 bare file name before a parameter', 'results.txt; size=12', 'results.txt'],
  ['B109 bare file name without extension', 'results', 'results'],
  ['B109 a named one beside it wins', 'results.txt; filename="named.txt"', 'named.txt'],
  ['B110 no type', 'filename="foo.bar"', 'foo.bar'],
  [
    'B112 filename* second',
    `attachment; filename="EURO rates"; filename*=utf-8''%e2%82%ac%20rates`,
    '€ rates',
  ],
  [
    'B112 filename* first',
    `attachment; filename*=UTF-8''%E2%82%AC%20rates; filename="EURO rates"`,
    '€ rates',
  ],
  ['B112 latin1', `attachment; filename*=iso-8859-1'de'M%F6bel.ifc`, 'Möbel.ifc'],
  [
    'B112 not in its charset: the plain one',
    `attachment; filename*=UTF-8''M%F6.ifc; filename=m.ifc`,
    'm.ifc',
  ],
  ['B112 unknown charset: the plain one', `attachment; filename*=klingon''x; filename=m.ifc`, 'm.ifc'],
  ['B112 not in its charset and alone', `attachment; filename*=UTF-8''M%F6.ifc`, null],
  ['B112 empty: the plain one', `attachment; filename*=UTF-8''; filename=m.ifc`, 'm.ifc'],
  ['B112 half a percent code', `attachment; filename*=UTF-8''100%25 or 5%.ifc`, '100% or 5%.ifc'],
  ['B112 without charset', 'attachment; filename*=%E2%82%AC.ifc', '€.ifc'],
  ['B112 with a quote in the name', `attachment; filename*=UTF-8''it's.ifc`, "it's.ifc"],
  ['B113 quoted, with a blank', `attachment;filename*="utf-8' 'linux-minimal.zip"`, 'linux-minimal.zip'],
  ['B115 no substring match', `attachment; xfilename*=UTF-8''evil; filename="good.txt"`, 'good.txt'],
  ['B115 no substring match, alone', 'attachment; xfilename="evil"; filenamex=evil', null],
  ['B115 a name inside a value', 'attachment; name="filename=evil"; filename=good.txt', 'good.txt'],
  ['B116 raw UTF-8', 'attachment; filename="M\u00c3\u00b6bel.ifc"', 'Möbel.ifc'],
  ['B116 raw latin1', 'attachment; filename="M\u00f6bel.ifc"', 'Möbel.ifc'],
  ['B116 bare raw UTF-8', 'M\u00c3\u00b6bel.ifc', 'Möbel.ifc'],
  ['B118 percent is literal', 'attachment; filename="%EC%82%AC.jpg"', '%EC%82%AC.jpg'],
  ['B118 no separator from percent', 'attachment; filename="a%2Fb.txt"', 'a%2Fb.txt'],
  ['B119 a path is handed on, for safeFileName', `attachment; filename*=UTF-8''..%2F..%2Fx`, '../../x'],
  ['quoted pairs', String.raw`attachment; filename="a \"b\" \\ c.txt"`, String.raw`a "b" \ c.txt`],
  ['semicolon in quotes', 'attachment; filename="a;b.txt"; size=1', 'a;b.txt'],
  ['quote never closed', 'attachment; filename="a b.txt', 'a b.txt'],
  ['backslash at the end', 'attachment; filename="a\\', 'a\\'],
  ['text behind the quotes', 'attachment; filename="a.txt" b; size=1', 'a.txt'],
  ['the first of two', 'attachment; filename="a.txt"; filename="b.txt"', 'a.txt'],
  ['a type only', 'attachment', null],
  ['a type in capitals, with a semicolon', 'ATTACHMENT;', null],
  ['empty name', 'attachment; filename=""', null],
  ['blank name', 'attachment; filename="  "', null],
  ['nothing', '', null],
  ['only semicolons', ' ; ;', null],
  ['only quotes', '""', null],
  ['only an equals sign', '=', null],
  ['names of objects are no parameters', 'attachment; __proto__=x; constructor=y', null],
])('%s', (_, header, name) => {
  expect(fileNameFrom(decodeHeaderText(header))).toBe(name);
});

const pieces = fc.constantFrom(
  ...[
    'attachment',
    'filename',
    'filename*',
    '=',
    ';',
    '"',
    '\\',
    "'",
    '%',
    '%2F',
    '%FF',
    'UTF-8',
    ' ',
    'é',
    '\ud800',
  ],
);
const headers = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
);

test('no header makes it throw, and a name is never empty', () => {
  fc.assert(
    fc.property(headers, (header) => {
      const name = fileNameFrom(decodeHeaderText(header));
      expect(name === null || name.length > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('every name survives the RFC 8187 form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
      expect(fileNameFrom(`attachment; filename=x; filename*=UTF-8''${encoded}`)).toBe(name);
    }),
  );
});

test('every name survives the quoted form', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (name) => {
      const header = `attachment; filename="${name.replace(/[\\"]/g, '\\$&')}"`;
      expect(fileNameFrom(header)).toBe(name.trim() || null);
    }),
  );
});

test.each([
  [
    'a charset whose bytes are no ASCII',
    "filename*=utf-16le''%61%00%62%00; filename=plain.txt",
    ['plain.txt'],
  ],
  ['a broken code', "filename*=UTF-8''a%zz.txt; filename=plain.txt", ['plain.txt', 'a%zz.txt']],
  ['a sound name', "filename*=UTF-8''%c3%b6.txt; filename=plain.txt", ['ö.txt', 'plain.txt']],
])('%s in filename*: %s', (_, header, names) => {
  expect(fileNamesFrom(`attachment; ${header}`)).toEqual(names);
});

/** What Node makes of these bytes in a header. */
const asNodeGivesIt = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

test.each([
  ['ASCII', 'attachment; filename="a.ifc"', 'attachment; filename="a.ifc"'],
  ['UTF-8 bytes', 'M\u00c3\u00b6bel', 'Möbel'],
  ['latin1 bytes', 'M\u00f6bel', 'Möbel'],
  ['a UTF-8 byte order mark is kept for the name to clean', '\u00ef\u00bb\u00bfx', '\ufeffx'],
  ['an overlong slash is no UTF-8', '\u00c0\u00af', '\u00c0\u00af'],
  ['text that was decoded already', '€', '€'],
  ['text of which a part was decoded already', 'Ł M\u00c3\u00b6bel', 'Ł M\u00c3\u00b6bel'],
])('B116: %s', (_, raw, text) => {
  expect(decodeHeaderText(raw)).toBe(text);
});

test('any well-formed text comes back from its UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodeHeaderText(asNodeGivesIt(new TextEncoder().encode(text)))).toBe(text);
    }),
  );
});
