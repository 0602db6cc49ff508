// Text in pieces: the pieces may end anywhere, also in a character.
import { expect, test } from 'vitest';
import { StreamDecoder } from '../../../src/protocol/text/stream-decoder.js';

const TEXT = 'Größe – 日本 😀 end';

test.each<[string, Uint8Array, string, boolean]>([
  ['utf-8', Buffer.from(TEXT), TEXT, false],
  ['windows-1252', Buffer.from('Größe', 'latin1'), 'Größe', false],
  ['utf-16le', Buffer.from(TEXT, 'utf16le'), TEXT, false],
  ['utf-8', Buffer.from('Größe und Länge', 'latin1'), 'Größe und Länge', true],
  ['utf-8', Buffer.from('am Ende ä', 'latin1'), 'am Ende ä', true],
])('%s in pieces of any length: %j', (encoding, bytes, expected, isReplaced) => {
  for (let length = 1; length <= bytes.length; length += 1) {
    const decoder = new StreamDecoder(encoding);
    let text = '';
    for (let at = 0; at < bytes.length; at += length) text += decoder.decode(bytes.subarray(at, at + length));
    expect(text + decoder.end()).toBe(expected);
    expect(decoder.isReplaced).toBe(isReplaced);
  }
});
