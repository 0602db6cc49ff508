// A token that a person pastes or a pipeline pipes in: alone, or as a tool printed it.
import { describe, expect, test } from 'vitest';
import { readEnvironmentToken } from '../../src/core/authorization/environment-token.js';
import { pastedToken } from '../../src/protocol/oauth/pasted-token.js';

describe('pastedToken', () => {
  test.each([
    ['abc', 'abc'],
    [' "abc"\r\n', 'abc'],
    ['YWJj+/==', 'YWJj+/=='],
    ['{"access_token":"abc"}\n', 'abc'],
    ['{ "token_type": "Bearer", "access_token": "abc", "expires_in": 3600 }', 'abc'],
    ['access_token=a%2Fbc&scope=&token_type=bearer', 'a/bc'],
    ['token_type=bearer&access_token=abc', 'abc'],
    ['Bearer abc', 'abc'],
    ['Authorization: Bearer abc', 'abc'],
  ])('%j is the token %s', (text, token) => {
    expect(pastedToken(text)?.reveal()).toBe(token);
  });

  test.each([
    '',
    '{"error":"invalid_grant"}',
    '{"access_token":',
    '{"access_token":7}',
    '{"__proto__":{"access_token":"x"}}',
    '["abc"]',
    'access_token=&token_type=bearer',
    'two words',
    'tök',
  ])('%j holds no token', (text) => {
    expect(pastedToken(text)).toBeNull();
  });
});

test('BIMSERVICE_TOKEN is read in the same way, and an error says what to give', () => {
  expect(readEnvironmentToken('{"access_token":"abc"}', undefined)?.token.reveal()).toBe('abc');
  expect(readEnvironmentToken(' ', undefined)).toBeNull();
  expect(() => readEnvironmentToken('[1]', undefined)).toThrow(
    expect.objectContaining({ code: 'usage', hint: expect.stringContaining('access_token') }),
  );
});
