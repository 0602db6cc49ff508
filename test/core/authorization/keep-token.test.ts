// The one way a token is kept: its site, its client, its record.
import { expect, test } from 'vitest';
import { keepToken } from '../../../src/core/authorization/keep-token.js';
import { rememberTokenField } from '../../../src/core/authorization/token-field.js';
import { Secret } from '../../../src/secret.js';
import { NOW, serviceAt, Workbench } from '../workbench.js';

const accessToken = new Secret('access-1');

test('what is left out is not known; what is given is stored and read back', async () => {
  await using bench = await Workbench.create();
  const service = serviceAt('https://bim.example');
  const kept = await keepToken(service, { accessToken, clientId: 'client-1' }, bench.ports);
  expect(kept).toEqual({
    accessToken,
    clientId: 'client-1',
    refreshToken: null,
    expiresAt: null,
    obtainedAt: NOW,
    resourceUrl: null,
  });
  expect(await bench.ports.store.readToken(service)).toEqual(kept);
});

test('the base address applies to both addresses, and a second time changes nothing', async () => {
  await using bench = await Workbench.create();
  const rebase = { from: 'http://inner:8080', to: 'http://inner:8080/bim' };
  const service = serviceAt('http://inner:8080/bim', { rebase });
  const resourceUrl = 'http://inner:8080/services/7';
  const websocketUrl = 'ws://inner:8080/stream';
  const kept = await keepToken(service, { accessToken, resourceUrl, websocketUrl }, bench.ports);
  const right = {
    resourceUrl: 'http://inner:8080/bim/services/7',
    websocketUrl: 'ws://inner:8080/bim/stream',
  };
  expect(kept).toMatchObject(right);
  await rememberTokenField(service, accessToken, bench.ports, bench.signal);
  expect(await bench.ports.store.readToken(service)).toMatchObject({ ...right, sendAs: 'Token' });
});

test('what one run learned of its token is not said of a token that was stored since', async () => {
  await using bench = await Workbench.create();
  const service = serviceAt('https://bim.example');
  await keepToken(service, { accessToken: new Secret('access-2') }, bench.ports);
  await rememberTokenField(service, accessToken, bench.ports, bench.signal);
  const stored = await bench.ports.store.readToken(service);
  expect([stored?.accessToken.reveal(), stored?.sendAs]).toEqual(['access-2', undefined]);
});
