import { describe, expect, test } from 'vitest';
import {
  foundationAuthAddress,
  foundationVersion,
  foundationVersionsAddress,
  metadataAddresses,
  readFoundationAuth,
  readMetadata,
} from '../../src/protocol/oauth/server-metadata.js';

const RULES = { insecure: false };
const ISSUER = 'https://login.example';

test.each([
  ['https://login.example', ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']],
  [
    'https://login.example/realms/bim/',
    ['/.well-known/oauth-authorization-server/realms/bim', '/realms/bim/.well-known/openid-configuration'],
  ],
])('RFC 8414 3.1, OpenID 4.1: the documents of %s', (issuer, paths) => {
  expect(metadataAddresses(issuer)).toEqual(paths.map((path) => `https://login.example${path}`));
});

describe('metadata', () => {
  const complete = {
    issuer: ISSUER,
    registration_endpoint: `${ISSUER}/reg`,
    authorization_endpoint: `${ISSUER}/auth`,
    token_endpoint: `${ISSUER}/token`,
    device_authorization_endpoint: `${ISSUER}/device`,
    token_endpoint_auth_methods_supported: ['none', 7],
    authorization_response_iss_parameter_supported: true,
  };

  test('all of it', () => {
    expect(readMetadata(complete, ISSUER, RULES)).toEqual({
      oauth: {
        registerUrl: `${ISSUER}/reg`,
        authorizationUrl: `${ISSUER}/auth`,
        tokenUrl: `${ISSUER}/token`,
      },
      server: {
        issuer: ISSUER,
        sendsIssuer: true,
        deviceUrl: `${ISSUER}/device`,
        revocationUrl: null,
        authMethods: ['none'],
        registers: true,
      },
    });
  });

  test.each(['https://127.0.0.1/revoke', 'https://10.0.0.7/revoke', 'https://intranet/revoke'])(
    'a server in the world that names %s is refused: secrets would go there',
    (revocation_endpoint) => {
      const read = () => readMetadata({ ...complete, revocation_endpoint }, ISSUER, RULES);
      expect(read).toThrow(expect.objectContaining({ code: 'unsafe-address' }));
    },
  );

  test('without registration the addresses are still complete', () => {
    const { registration_endpoint: _, ...rest } = complete;
    expect(readMetadata(rest, ISSUER, RULES)).toMatchObject({
      oauth: { registerUrl: ISSUER },
      server: { registers: false },
    });
  });

  test.each([
    ['token_endpoint', undefined, 'repository-invalid'],
    ['authorization_endpoint', 7, 'repository-invalid'],
    ['authorization_endpoint', 'javascript:alert(1)', 'unsafe-address'],
    ['token_endpoint', 'http://login.example/token', 'unsafe-address'],
  ])('%s as %s: %s', (name, value, code) => {
    expect(() => readMetadata({ ...complete, [name]: value }, ISSUER, RULES)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('OpenCDE Foundation API', () => {
  test.each([
    [
      'https://cde.example',
      'https://cde.example/foundation/versions',
      'https://cde.example/foundation/1.1/auth',
    ],
    [
      'https://cde.example/bcf/',
      'https://cde.example/bcf/foundation/versions',
      'https://cde.example/bcf/foundation/1.1/auth',
    ],
    [
      'https://cde.example/foundation',
      'https://cde.example/foundation/versions',
      'https://cde.example/foundation/1.1/auth',
    ],
    ['https://cde.example/foundation/1.0', null, 'https://cde.example/foundation/1.0/auth'],
    ['https://cde.example/foundation/1.0/auth', null, 'https://cde.example/foundation/1.0/auth'],
  ])('%s', (address, versions, auth) => {
    expect(foundationVersionsAddress(address)).toBe(versions);
    expect(foundationAuthAddress(address, '1.1')).toBe(auth);
  });

  test.each([
    [
      {
        versions: [
          { api_id: 'foundation', version_id: '1.9' },
          { api_id: 'foundation', version_id: '1.10' },
        ],
      },
      '1.10',
    ],
    [
      {
        versions: [
          { api_id: 'bcf', version_id: '3.0' },
          { api_id: 'foundation', version_id: '1.0' },
        ],
      },
      '1.0',
    ],
    [{ versions: [{ api_id: 'foundation', version_id: '../../x' }, null, 7] }, '1.0'],
    [{}, '1.0'],
  ])('%j: version %s', (fields, version) => {
    expect(foundationVersion(fields)).toBe(version);
  });

  test('its addresses', () => {
    const fields = { oauth2_auth_url: `${ISSUER}/a`, oauth2_token_url: `${ISSUER}/t` };
    expect(readFoundationAuth(fields, ISSUER, RULES)).toMatchObject({
      oauth: { authorizationUrl: `${ISSUER}/a`, tokenUrl: `${ISSUER}/t` },
      server: { registers: false, issuer: null },
    });
  });
});
