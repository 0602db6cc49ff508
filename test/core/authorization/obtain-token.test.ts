// What a token response says about its client: the encoding that works, and whether the server knows it.
import { expect, test } from 'vitest';
import { obtainToken } from '../../../src/core/authorization/obtain-token.js';
import { Secret } from '../../../src/secret.js';
import { header } from '../../support/strict-server.js';
import { refused, startOAuthServer, TOKEN } from '../oauth-server.js';
import { serviceAt, Workbench } from '../workbench.js';

const CLIENT = {
  clientId: 'client-1',
  clientSecret: new Secret('secret-of-1'),
  clientName: 'test',
  redirectUri: 'http://127.0.0.1:9/callback',
  issuedAt: null,
  expiresAt: null,
};

test('a device code goes to a server of a flat entry as a form (RFC 8628 3.4), and a code as JSON first', async () => {
  await using server = await startOAuthServer();
  await using bench = await Workbench.create();
  const service = serviceAt(server.origin, { form: 'flat' });
  const deviceCode = new Secret('device-code-1');
  const code = { code: new Secret('code-123'), redirectUri: CLIENT.redirectUri, codeVerifier: null };
  for (const grant of [
    { type: 'device_code', deviceCode } as const,
    { type: 'authorization_code', ...code } as const,
  ])
    await obtainToken(service, CLIENT, { grant }, bench.ports, bench.signal);
  expect(server.callsTo('token').map((seen) => header(seen, 'content-type'))).toEqual([
    'application/x-www-form-urlencoded',
    'application/json',
  ]);
});

test('a doubtful client whose encoding is known is good again after a success', async () => {
  await using server = await startOAuthServer({ token: [refused('invalid_client', 401), TOKEN] });
  await using bench = await Workbench.create();
  const service = serviceAt(server.origin);
  const { store } = bench.ports;
  if (service.oauth === null) throw new Error('an open service');
  const known = { ...CLIENT, tokenEncoding: 'form' } as const;
  await store.writeRegistration(service.oauth, known);
  const grant = { type: 'refresh_token', refreshToken: new Secret('refresh-1') } as const;
  const doubts: unknown[] = [];
  for (const _request of [1, 2]) {
    const client = (await store.readRegistration(service.oauth)) ?? known;
    await obtainToken(service, client, { grant }, bench.ports, bench.signal);
    doubts.push((await store.readRegistration(service.oauth))?.doubtful);
  }
  expect(doubts).toEqual([true, undefined]);
});
