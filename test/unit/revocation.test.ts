// The response to a revocation: 200 alone says that the token is revoked, and no secret is shown.
import { expect, test } from 'vitest';
import { revocationRefusal } from '../../src/protocol/oauth/revocation.js';
import { registerSecret } from '../../src/secret.js';

const URL_ = 'https://bim.example/oauth/revoke';

const refusal = (status: number, body: object = {}) =>
  revocationRefusal({ status, headers: [], body: Buffer.from(JSON.stringify(body)) }, URL_);

test.each([
  [200, null],
  [204, 'service-refused'],
  [302, 'service-refused'],
  [400, 'service-refused'],
  [503, 'service-failed'],
])('status %d is %s', (status, code) => {
  expect(refusal(status)?.error.code ?? null).toBe(code);
});

test('a server that repeats a secret in its error does not have it shown', () => {
  registerSecret('refresh-token-1');
  const refused = refusal(400, { error: 'no refresh-token-1\u001b[2J' });
  expect(refused?.error.message).toMatch(
    /^bim\.example did not revoke the token: status 400 \(no \[secret\]/,
  );
  expect(refused?.error.message).not.toContain('\u001b');
});
