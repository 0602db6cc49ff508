// Secrets are removed from every text, also odd ones.
import { expect, test } from 'vitest';
import { redact, Secret } from '../../src/secret.js';

test('a secret with half of a character, which a server may issue, breaks no line', () => {
  const half = new Secret('half-\ud83d-of-a-character');
  expect(redact(`it is ${half.reveal()}.`)).toBe('it is [secret].');
  expect(redact('a line without it')).toBe('a line without it');
});

test('a secret that begins with another one is removed whole', () => {
  new Secret('prefix-of-both');
  new Secret('prefix-of-both-and-more');
  expect(redact('prefix-of-both-and-more')).toBe('[secret]');
});

test('a secret is removed from an address, too', () => {
  new Secret('slash/and blank');
  expect(redact('https://a.example/?code=slash%2Fand%20blank')).toBe('https://a.example/?code=[secret]');
});
