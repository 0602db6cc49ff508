// Secrets do not print themselves, and `redact` removes each from a text, whole and in each form of an address.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { forgetSecrets, redact, registerSecret, Secret } from '../../src/secret.js';

const VALUE = 'a~b c/d+e*f';

test('text, JSON and inspect show no value', () => {
  const secret = new Secret('value-of-a-secret');
  expect([`${secret}`, JSON.stringify({ secret }), inspect({ secret })]).toEqual([
    '[secret]',
    '{"secret":"[secret]"}',
    '{ secret: [secret] }',
  ]);
  expect(secret.reveal()).toBe('value-of-a-secret');
});

test.each([
  ['as it is', VALUE],
  ['in an address', 'a~b%20c%2Fd%2Be*f'],
  ['in a form', 'a%7Eb+c%2Fd%2Be*f'],
])('%s it is removed', (_, form) => {
  registerSecret(VALUE);
  expect(redact(`before ${form}, ${form} after`)).toBe('before [secret], [secret] after');
});

test.each([
  ['the shorter one first', ['token-1', 'token-1-and-more']],
  ['the longer one first', ['token-1-and-more', 'token-1']],
])('no end of a secret that begins with another one is left, %s', (_, values) => {
  values.forEach(registerSecret);
  expect(redact('token-1-and-more, token-1')).toBe('[secret], [secret]');
});

test('what is redacted already stays as it is, also where a secret is a part of the word', () => {
  for (const value of ['secret', '[secret', 'secret]']) registerSecret(value);
  expect(redact(redact('my secret: [secret]'))).toBe('my [secret]: [secret]');
});

test('signs of a pattern are signs of the secret', () => {
  registerSecret('.*(a|b)$');
  expect(redact('.*(a|b)$ and a')).toBe('[secret] and a');
});

test('half of a surrogate pair in a secret ends no program', () => {
  registerSecret('broken-\ud800');
  expect(redact('broken-\ud800!')).toBe('[secret]!');
});

test('five characters are too few to be a secret', () => {
  registerSecret('short');
  expect(redact('short')).toBe('short');
});

test('nothing is redacted after all are forgotten', () => {
  registerSecret('token-to-forget');
  forgetSecrets();
  expect(redact('token-to-forget')).toBe('token-to-forget');
});
