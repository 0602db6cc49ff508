// A document is read the same, wherever it is cut into pieces.
import { describe, expect, it } from 'vitest';
import { JsonScan } from '../../src/protocol/content/json-scan.js';

function scanOf(pieces: readonly Uint8Array[]) {
  const scan = new JsonScan();
  for (const piece of pieces) scan.write(piece);
  const defect = scan.end();
  const { complete, oddWord, keys, strings } = scan;
  return { defect, complete, oddWord, keys: [...keys], strings };
}

const MODEL = '{"type":"ifcJSON","header":{"a":{"b":"IFC4"}},"data":[-1.5e+3,"\\u00e9\\"é",true,null,NaN]}';

const DOCUMENTS: ReadonlyArray<readonly [string, Uint8Array]> = [
  ['a model', Buffer.from(MODEL)],
  ['a byte order mark', Buffer.from(`\ufeff${MODEL}`)],
  ['a byte order mark and blanks', Buffer.from('\ufeff \n[1]')],
  ['blanks', Buffer.from(' \n[1]')],
  ['a number alone', Buffer.from('-0.5')],
  ['half a byte order mark', Buffer.from([0xef, 0xbb, 0x7b, 0x7d])],
  ['half a byte order mark and blanks', Buffer.from([0xef, 0x20, 0x20, 0x7b, 0x7d])],
  ['two byte order marks', Buffer.from('\ufeff\ufeff{}')],
  ['a byte order mark after a blank', Buffer.from(' \ufeff{}')],
  ['a byte order mark alone', Buffer.from('\ufeff')],
  ['a document that stops', Buffer.from(MODEL.slice(0, -1))],
];

describe.each(DOCUMENTS)('%s', (_, bytes) => {
  const whole = scanOf([bytes]);

  it('is read the same when it is cut in two, at any place', () => {
    for (let at = 0; at <= bytes.length; at += 1)
      expect(scanOf([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(whole);
  });

  it('is read the same byte by byte', () => {
    expect(scanOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });
});

it.each(DOCUMENTS.slice(0, 5))('%s is whole', (_, bytes) => {
  expect(scanOf([bytes])).toMatchObject({ defect: null, complete: true });
});

it.each([
  ['half a byte order mark', /does not parse at byte 0/],
  ['half a byte order mark and blanks', /does not parse at byte 0/],
  ['two byte order marks', /does not parse at byte 3/],
  ['a byte order mark after a blank', /does not parse at byte 1/],
  ['a byte order mark alone', /stops in the middle, at byte 3/],
])('%s is a defect', (name, words) => {
  const bytes = new Map(DOCUMENTS).get(name) ?? Buffer.alloc(0);
  expect(scanOf([bytes]).defect).toMatch(words);
});

it('keeps what tells the type of a model', () => {
  const { keys, strings, oddWord } = scanOf([Buffer.from(`\ufeff${MODEL}`)]);
  expect(keys).toEqual(['type', 'header', 'data']);
  expect(strings).toEqual([
    ['type', 'ifcJSON'],
    ['header.a.b', 'IFC4'],
  ]);
  expect(oddWord).toBe('NaN');
});
