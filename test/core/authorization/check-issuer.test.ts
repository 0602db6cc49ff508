// A response that comes from another server than the consent was requested from is refused (RFC 9207, CASES B064).
import { expect, test } from 'vitest';
import { checkIssuer } from '../../../src/core/authorization/check-issuer.js';
import type { PastedResponse } from '../../../src/protocol/oauth/authorization.js';
import type { Service } from '../../../src/protocol/repository/service.js';
import { Secret } from '../../../src/secret.js';
import { serviceAt } from '../workbench.js';

const ORIGIN = 'https://login.example';
const ISSUER = `${ORIGIN}/tenant`;

const server = (more: Partial<NonNullable<Service['server']>> = {}): Service =>
  serviceAt(ORIGIN, {
    server: {
      issuer: ISSUER,
      deviceUrl: null,
      revocationUrl: null,
      authMethods: [],
      registers: true,
      sendsIssuer: true,
      ...more,
    },
  });

const code = (issuer: string | null, isWhole = true): PastedResponse => ({
  kind: 'code',
  code: new Secret('the-code-of-a-login'),
  resourceUrl: null,
  issuer,
  isWhole,
});

const refusal = { code: 'access-denied', exitCode: 4, hint: expect.stringContaining('Nothing was stored') };

test.each([
  ['its issuer', server(), code(ISSUER)],
  ['no issuer, where the server does not always send one', server({ sendsIssuer: false }), code(null)],
  ['no issuer, where only the code was pasted', server(), code(null, false)],
  ['its origin, where the issuer is unknown', serviceAt(ORIGIN), code(`${ORIGIN}/any`)],
  ['no issuer, where nothing is known of the server', serviceAt(ORIGIN), code(null)],
  ['neither a code nor an error', server(), { kind: 'nothing' } as const],
])('a response with %s is taken', (_, service, response) => {
  expect(checkIssuer(response, service)).toBeUndefined();
});

test.each([
  ['another issuer', server(), code('https://evil.example')],
  ['an issuer that begins with ours', server(), code(`${ISSUER}-of-another`)],
  ['our issuer with a slash', server(), code(`${ISSUER}/`)],
  ['the origin of our issuer', server(), code(ORIGIN)],
  ['no issuer, where the server always sends one', server(), code(null)],
  ['another origin, where the issuer is unknown', serviceAt(ORIGIN), code('https://evil.example/any')],
  ['another port, where the issuer is unknown', serviceAt(ORIGIN), code(`${ORIGIN}:8443/any`)],
  ['another scheme, where the issuer is unknown', serviceAt(ORIGIN), code('http://login.example/any')],
  ['an issuer that is no address, where it is unknown', serviceAt(ORIGIN), code('login.example')],
])('a response with %s is refused', (_, service, response) => {
  expect(() => checkIssuer(response, service)).toThrow(expect.objectContaining(refusal));
});
