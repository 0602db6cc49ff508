// A login by name at a BIMserver through its ports: a strict server on real sockets, a real store, a person who selects.
import { expect, test } from 'vitest';
import { type AuthorizeUserInput, authorizeUser } from '../../../src/core/authorization/authorize-user.js';
import { Secret } from '../../../src/secret.js';
import { BimServer } from '../../support/bimserver.js';
import { USER } from '../../support/bimserver-json.js';
import type { BimServerOptions } from '../../support/bimserver-options.js';
import { serviceAt, Workbench } from '../workbench.js';

async function setUp(options: BimServerOptions = {}) {
  const server = await BimServer.start(options);
  const bench = await Workbench.create();
  const site = server.server.origin;
  const service = serviceAt(site, {
    id: 'ifc-validator',
    name: server.serviceName,
    resourceUrl: `${site}/services`,
    oauth: {
      registerUrl: `${site}/oauth/register`,
      authorizationUrl: `${site}/oauth/authorize`,
      tokenUrl: `${site}/oauth/access`,
    },
  });
  const input: AuthorizeUserInput = { service, client: {}, port: null, user: USER.name, configuration: null };
  const asked: string[][] = [];
  const ports = (password = USER.password, choice: number | null = null) => ({
    ...bench.ports,
    askPassword: async () => new Secret(password),
    choose:
      choice === null
        ? null
        : async (names: string[]) => {
            asked.push(names);
            return choice;
          },
  });
  return {
    server,
    bench,
    service,
    input,
    ports,
    asked,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('stores a token of the server, with the addresses of the configuration', async () => {
  await using at = await setUp();
  const token = await authorizeUser(at.input, at.ports(), at.bench.signal);
  expect(at.server.tokens).toContain(token.accessToken.reveal());
  expect(token.resourceUrl).toMatch(/\/services\/\d+$/);
  expect(token.websocketUrl).toMatch(/^ws:.*\/stream$/);
  expect(await at.bench.ports.store.readToken(at.service)).toEqual(token);
  expect(at.bench.lines.join('\n')).not.toContain(USER.password);
});

test('a wrong password: nothing is registered, and nothing is stored', async () => {
  await using at = await setUp();
  await expect(authorizeUser(at.input, at.ports('wrong'), at.bench.signal)).rejects.toMatchObject({
    code: 'access-denied',
    phase: 'authorize',
  });
  expect(at.server.server.callsTo('register')).toEqual([]);
  expect(await at.bench.ports.store.readToken(at.service)).toBeNull();
});

test('a service that is not at a BIMserver: the password is not asked for', async () => {
  await using at = await setUp();
  const elsewhere = serviceAt(at.server.server.origin);
  const askPassword = () => Promise.reject(new Error('asked'));
  const ports = { ...at.ports(), askPassword };
  await expect(
    authorizeUser({ ...at.input, service: elsewhere }, ports, at.bench.signal),
  ).rejects.toMatchObject({ code: 'usage' });
});

test.each([
  ['no configuration', [], 'access-denied', /has no configuration/],
  ['two, and no one to select', ['Strict', 'Loose'], 'input-needed', /has 2 configurations/],
] as const)('%s: %s', async (_, configurations, code, message) => {
  await using at = await setUp({ configurations });
  await expect(authorizeUser(at.input, at.ports(), at.bench.signal)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(at.server.server.callsTo('register')).toEqual([]);
});

test('of two configurations a person selects one, or its name does', async () => {
  await using at = await setUp({ configurations: ['Strict', 'Loose'] });
  const selected = await authorizeUser(at.input, at.ports(USER.password, 0), at.bench.signal);
  expect(at.asked).toEqual([[expect.stringMatching(/^Strict \(\d+\)$/), expect.stringMatching(/^Loose \(/)]]);
  const named = await authorizeUser(
    { ...at.input, configuration: 'Strict' },
    at.ports(USER.password, 1),
    at.bench.signal,
  );
  expect(at.asked).toHaveLength(1);
  expect(named.resourceUrl).toBe(selected.resourceUrl);
  await expect(
    authorizeUser({ ...at.input, configuration: 'Lose' }, at.ports(), at.bench.signal),
  ).rejects.toMatchObject({ code: 'usage', hint: expect.stringContaining('Strict (') });
});

test('a registration that the server has forgotten is made again, once', async () => {
  await using at = await setUp();
  await authorizeUser(at.input, at.ports(), at.bench.signal);
  at.server.clients.length = 0;
  await authorizeUser(at.input, at.ports(), at.bench.signal);
  expect(at.server.server.callsTo('register')).toHaveLength(2);
  expect(at.bench.lines).toContainEqual(expect.stringContaining('no longer knows this installation'));
});
