// Where an OAuth server describes itself, and what follows from it (RFC 8414; OpenCDE Foundation API).
import { expect, test } from 'vitest';
import { discover } from '../../../src/core/authorization/discover.js';
import { findMetadata } from '../../../src/core/authorization/find-metadata.js';
import { startOAuthServer } from '../oauth-server.js';
import { serviceAt, Workbench } from '../workbench.js';

const OPTIONS = { insecure: false, cacheUse: 'revalidate', limitMs: 10_000 } as const;
const NO_CACHE = { read: async () => null, write: async () => {} };

async function discovered(metadata: Record<string, unknown>, issuer = (origin: string) => origin) {
  await using server = await startOAuthServer({ metadata });
  await using bench = await Workbench.create();
  const { http, clock } = bench.ports;
  const discovery = { kind: 'issuer', url: issuer(server.origin) } as const;
  const service = serviceAt(server.origin, { oauth: null, discovery });
  return {
    origin: server.origin,
    found: await discover(service, OPTIONS, { http, clock, cache: NO_CACHE }, bench.signal),
  };
}

test('the addresses and the features are those of the document', async () => {
  const { origin, found } = await discovered({ token_endpoint_auth_methods_supported: ['none'] });
  expect(found.oauth).toEqual({
    registerUrl: `${origin}/register`,
    authorizationUrl: `${origin}/authorize`,
    tokenUrl: `${origin}/token`,
  });
  expect(found.server).toMatchObject({
    issuer: origin,
    deviceUrl: `${origin}/device`,
    revocationUrl: `${origin}/revoke`,
    authMethods: ['none'],
    registers: true,
  });
});

test('an issuer that differs only in the slash of its root is the same', async () => {
  const { found, origin } = await discovered({}, (at) => `${at}/`);
  expect(found.server).toMatchObject({ issuer: origin });
});

test.each([
  ['another issuer', { issuer: 'https://evil.example' }],
  ['a longer issuer', { issuer: 'https://bim.example/tenant' }],
  ['no issuer', { issuer: undefined }],
  ['an issuer that is no text', { issuer: ['https://bim.example'] }],
  ['an issuer that is no address', { issuer: 'bim.example' }],
])('%s: nothing of the document counts (RFC 8414 3.3)', async (_, metadata) => {
  await expect(discovered(metadata)).rejects.toMatchObject({
    code: 'repository-invalid',
    message: expect.stringContaining('speaks for'),
  });
});

test('beside an entry with addresses, only endpoints of the same origin count: secrets go to them', async () => {
  await using server = await startOAuthServer({
    metadata: { device_authorization_endpoint: 'http://127.0.0.1:1/device' },
  });
  await using bench = await Workbench.create();
  const found = await findMetadata(serviceAt(server.origin), bench.ports.http, bench.signal);
  expect(found).toMatchObject({ deviceUrl: null, revocationUrl: `${server.origin}/revoke` });
});
