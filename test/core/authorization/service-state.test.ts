// How far an installation is with a service, and what comes next; only what is true is promised.
import { expect, test } from 'vitest';
import { type GivenToken, keepToken } from '../../../src/core/authorization/keep-token.js';
import { register } from '../../../src/core/authorization/register.js';
import { serviceState } from '../../../src/core/authorization/service-state.js';
import { Secret } from '../../../src/secret.js';
import { startOAuthServer } from '../oauth-server.js';
import { NOW, serviceAt, Workbench } from '../workbench.js';

const HOUR = 3_600_000;
const refreshToken = new Secret('refresh-1');
const clientId = 'client-1';

async function stateWith(
  token: Omit<GivenToken, 'accessToken'> | null,
  { resource = '/run', registers = true, given = false } = {},
) {
  await using server = await startOAuthServer();
  await using bench = await Workbench.create();
  const service = {
    ...serviceAt(server.origin, { resourceUrl: `${server.origin}${resource}` }),
    isNamed: true,
  };
  const { ports, signal } = bench;
  if (registers) await register({ service, client: {}, port: null, force: false }, ports, signal);
  if (token !== null) await keepToken(service, { accessToken: new Secret('access-1'), ...token }, ports);
  const used = { kind: 'used', token: new Secret('environment-token-1'), isBound: true } as const;
  const { store, reporter, clock } = ports;
  const { status, detail, needsConsent, tokenSource } = await serviceState(service, {
    store,
    reporter,
    environmentToken: () => (given ? used : null),
    runtime: { clock },
  });
  return { status, detail, needsConsent, tokenSource };
}

test.each([
  ['nothing', null, { registers: false }, { status: 'unregistered', needsConsent: true }],
  ['a registration', null, {}, { status: 'registered', needsConsent: true }],
  ['a token without an end', {}, {}, { status: 'authorized', needsConsent: false }],
  [
    'a token that lasts',
    { expiresAt: NOW + 2 * HOUR },
    {},
    { status: 'authorized', detail: 'for another 2 hours' },
  ],
  ['a token that ended', { expiresAt: NOW - HOUR }, {}, { status: 'expired', needsConsent: true }],
  [
    'one that can be refreshed',
    { expiresAt: NOW - HOUR, refreshToken, clientId },
    {},
    { status: 'expired', needsConsent: false, detail: expect.stringContaining('refreshed at the next use') },
  ],
  [
    'one whose refresh was refused',
    { expiresAt: NOW - HOUR, refreshToken, clientId, refreshRefused: true as const },
    {},
    { status: 'expired', needsConsent: true, detail: expect.stringContaining('refused to refresh') },
  ],
  [
    'one whose client is gone',
    { expiresAt: NOW - HOUR, refreshToken, clientId: 'client-0' },
    {},
    { status: 'expired', needsConsent: true },
  ],
  [
    'a BIMserver token past its reported end, which is not its end',
    { expiresAt: NOW - HOUR },
    { resource: '/services/7' },
    { status: 'authorized', needsConsent: false, detail: 'the service did not say until when' },
  ],
  [
    'a token from the environment',
    null,
    { given: true },
    { status: 'authorized', tokenSource: 'environment' },
  ],
] as const)('%s', async (_, token, options, expected) => {
  expect(await stateWith(token, options)).toMatchObject(expected);
});
