// Stored files keep their names: the hash is the one of node:crypto, which made them first.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { nameHash } from '../../../src/protocol/text/name-hash.js';

test.each([
  ['nothing', ''],
  ['an address', 'https://bim.example/services'],
  ['several blocks', JSON.stringify(Array.from({ length: 20 }, (_, n) => `https://bim.example/${n}`))],
  ['other scripts', 'Prüfdienst 検証サービス 🏗'],
])('%s has the SHA-256 of node:crypto, also the second time', (_, text) => {
  const hash = createHash('sha256').update(text).digest('hex');
  expect([nameHash(text), nameHash(text)]).toEqual([hash, hash]);
});
