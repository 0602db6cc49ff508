// Exported credentials as one line: which lines are read with a passphrase and without, and how long a passphrase is.
import { createCipheriv, randomBytes, scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkPassphrase, readBundle, writeBundle } from '../../src/protocol/oauth/credential-bundle.js';
import { Secret } from '../../src/secret.js';

const BUNDLE = { service: 'check', records: { 'token-1': '{"version":1}' } };
const PASSPHRASE = new Secret('five random words here');
const usage = (words: RegExp) => ({ code: 'usage', message: expect.stringMatching(words) });

test('a line without encryption is not accepted where a passphrase is set', async () => {
  const line = new Secret(await writeBundle(BUNDLE, null));
  expect(await readBundle(line, null)).toEqual(BUNDLE);
  await expect(readBundle(line, PASSPHRASE)).rejects.toMatchObject(usage(/are not encrypted/));
});

test('a line of a newer version is not read', async () => {
  const line = new Secret((await writeBundle(BUNDLE, null)).replace('.1.', '.3.'));
  await expect(readBundle(line, null)).rejects.toMatchObject(usage(/from a newer bimservice/));
});

test('an encrypted line shows nothing, and comes back whole', async () => {
  const line = await writeBundle(BUNDLE, PASSPHRASE);
  expect(line).not.toContain(Buffer.from('token-1').toString('base64url').slice(0, 6));
  expect(await readBundle(new Secret(line), PASSPHRASE)).toEqual(BUNDLE);
});

test('a line of the first encrypted version is still read, and none with a changed byte', async () => {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const key = scryptSync(PASSPHRASE.reveal(), salt, 32, { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 28 });
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(JSON.stringify(BUNDLE)), cipher.final()]);
  const bytes = Buffer.concat([salt, nonce, cipher.getAuthTag(), body]);
  const read = () =>
    readBundle(new Secret(`bimservice-credentials.1e.${bytes.toString('base64url')}`), PASSPHRASE);
  expect(await read()).toEqual(BUNDLE);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await expect(read()).rejects.toMatchObject(usage(/cannot be decrypted/));
});

test('a passphrase has 15 characters at least, and a character outside the BMP is one', () => {
  expect(() => checkPassphrase(new Secret('a'.repeat(14)))).toThrow(/15 characters or more/);
  expect(() => checkPassphrase(new Secret('😀'.repeat(14)))).toThrow();
  expect(checkPassphrase(new Secret('a'.repeat(15)))).toBeUndefined();
});
