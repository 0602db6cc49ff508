// The hash that decides whether a model is new: everything counts but the time stamp of FILE_NAME.
import { describe, expect, test } from 'vitest';
import { fileNameTime } from '../../src/protocol/content/file-name-time.js';
import { RevisionHash } from '../../src/protocol/content/revision-hash.js';
import { stepModel } from '../support/fixtures.js';

function hashOf(text: string | Uint8Array, pieceBytes = 1 << 20): string {
  const bytes = Buffer.from(text);
  const hash = new RevisionHash();
  for (let at = 0; at < bytes.length; at += pieceBytes) hash.update(bytes.subarray(at, at + pieceBytes));
  return hash.hex();
}

const timeIn = (text: string) => {
  const range = fileNameTime(Buffer.from(text));
  return range === null ? null : text.slice(range.start, range.end);
};

const model = (fileName: string, before = '') =>
  `ISO-10303-21;\nHEADER;\n${before}${fileName}\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCPERSON($,$,$,$,$,$,$,$);\nENDSEC;\nEND-ISO-10303-21;\n`;

describe('the time stamp', () => {
  test.each([
    ['plain', "FILE_NAME('a.ifc','2024-01-01T00:00:00',(''),(''),'','','');", '2024-01-01T00:00:00'],
    ['blanks, comments and lower case', "file_name ( /* ',' */ 'a' , \n 'T' , (''));", 'T'],
    ['a name with quotes and commas', "FILE_NAME('it''s, a ''name''','T',(''));", 'T'],
    ['a name with a coded quote', "FILE_NAME('\\S\\'x','T',(''));", 'T'],
    ['empty', "FILE_NAME('a','',(''));", ''],
    ['unset', "FILE_NAME('a',$,(''));", null],
    ['no name', "FILE_NAME($,'T',(''));", null],
    ['damaged', "FILE_NAME('a' 'T');", null],
  ])('%s', (_, fileName, time) => {
    expect(timeIn(model(fileName))).toBe(time);
  });

  test('only the one in the header counts', () => {
    const other = "FILE_DESCRIPTION(('FILE_NAME(''x'',''no'')'),'2;1');\n/* FILE_NAME('x','no'); */\n";
    expect(timeIn(model("FILE_NAME('a','yes',(''));", other))).toBe('yes');
    expect(timeIn("ISO-10303-21;HEADER;ENDSEC;DATA;FILE_NAME('a','no');ENDSEC;")).toBeNull();
    expect(timeIn("FILE_NAME('a','no');")).toBeNull();
    expect(timeIn("ISO-10303-21;HEADER;FILE_NAME('a','no")).toBeNull();
  });
});

describe('the hash', () => {
  const base = hashOf(model("FILE_NAME('a','2024',('me'),(''),'','','');"));

  test('is the same for another time, also of another length', () => {
    expect(hashOf(model("FILE_NAME('a','2025-05-05T10:10:10+02:00',('me'),(''),'','','');"))).toBe(base);
    expect(hashOf(model("FILE_NAME('a','',('me'),(''),'','','');"))).toBe(base);
  });

  test.each([
    ['author', "FILE_NAME('a','2024',('you'),(''),'','','');"],
    ['name', "FILE_NAME('b','2024',('me'),(''),'','','');"],
    ['program', "FILE_NAME('a','2024',('me'),(''),'x','','');"],
  ])('differs for another %s', (_, fileName) => {
    expect(hashOf(model(fileName))).not.toBe(base);
  });

  test('does not depend on the pieces', () => {
    const bytes = stepModel({ schema: 'IFC4', bytes: 3 * 1024 * 1024 + 17 });
    const hashes = [7919, 65_536, 1 << 20, bytes.length].map((size) => hashOf(bytes, size));
    expect(new Set(hashes).size).toBe(1);
    const later = Buffer.from(bytes);
    later[later.length - 40] = (later.at(-40) ?? 0) ^ 1;
    expect(hashOf(later)).not.toBe(hashes[0]);
  });

  test('of what is no STEP file is the hash of all of it', () => {
    expect(hashOf('<ifcXML/>')).not.toBe(hashOf('<ifcXML />'));
    expect(hashOf('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
