// What leaves the program: JSON without characters that move or hide text, and addresses without secrets.
import { expect, test } from 'vitest';
import { addressText } from '../../../src/protocol/invocation/response-head.js';
import { outputJson, visibleText } from '../../../src/protocol/text/json-output.js';
import { publicAddress } from '../../../src/protocol/text/public-address.js';

test('control, bidi and zero-width characters are escaped in JSON, and the value stays the same', () => {
  const value = { name: 'a\u009b31m\u202eb\u200bc\u{e0041}d\n', list: ['\ufeff'] };
  const text = outputJson(value);
  expect(text).toContain('\\u009b31m\\u202eb\\u200bc\\udb40\\udc41d');
  expect(text).not.toMatch(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/);
  expect(JSON.parse(text)).toEqual(value);
});

test('a terminal sees the escapes, and line ends stay', () => {
  expect(visibleText('a\u001b[2Jb\nc')).toBe('a\\u001b[2Jb\nc');
});

test.each([
  ['https://u:p@a.example/x', 'https://a.example/x'],
  ['https://a.example/x?token=s3cret&page=2', 'https://a.example/x?page=2'],
  ['https://a.example/x?api_key=s&X-Amz-Signature=t', 'https://a.example/x'],
  ['wss://a.example/s?access_token=s', 'wss://a.example/s'],
  ['https://a.example/x?tokens=3', 'https://a.example/x?tokens=3'],
  ['https://a.example/a b?q', 'https://a.example/a b?q'],
  ['no address with token=s@x', 'no address with token=s@x'],
])('%s is shown as %s', (address, shown) => {
  expect(publicAddress(address)).toBe(shown);
  expect(JSON.parse(outputJson({ address }))).toEqual({ address: shown });
});

const SECRETS = [
  ...[
    'token',
    'access_token',
    'job-token',
    'jobtoken',
    'id_token',
    'sessionToken',
    'X-Amz-Security-Token',
    'token_id',
  ],
  ...['key', 'api_key', 'apiKey', 'api-key', 'subscription-key', 'access_key', 'privatekey', 'x-api-key'],
  ...['secret', 'client_secret', 'password', 'passwd', 'passphrase', 'pass', 'pwd', 'userPassword'],
  ...['sig', 'signature', 'X-Amz-Signature', 'x-goog-signature', 'oauth_signature', 'jwt', 'sas'],
  ...['auth', 'authorization', 'code', 'auth_code', 'credential', 'credentials', 'X-Amz-Credential'],
];

const PUBLIC = [
  'page',
  'tokens',
  'author',
  'authority',
  'monkey',
  'keys',
  'country_code',
  'signed',
  'bypass',
  'id',
];

test.each(SECRETS)('the value of %s is in no address that is shown', (name) => {
  const address = `https://a.example/x?${name}=s3cret`;
  expect(publicAddress(address)).toBe('https://a.example/x');
  expect(addressText(address, address)).toBe(`https://a.example/x?${name}=[secret]`);
});

test.each(PUBLIC)('the value of %s is shown', (name) => {
  const address = `https://a.example/x?${name}=1`;
  expect(publicAddress(address)).toBe(address);
  expect(addressText(address, address)).toBe(address);
});
