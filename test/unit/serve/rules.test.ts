// Small rules of the provider, each by itself: who has a secret, whose token is revoked, when a token or a code ends, and how a file of services is read.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { schemaMistake } from '../../../src/serve/config/config-mistake.js';
import { doubtsOf } from '../../../src/serve/config/doubts.js';
import { readLocated } from '../../../src/serve/config/located.js';
import { readConfig } from '../../../src/serve/config/read-config.js';
import { askConsent } from '../../../src/serve/oauth/authorize.js';
import { Clients, hasSecret } from '../../../src/serve/oauth/clients.js';
import { Grants } from '../../../src/serve/oauth/grants.js';
import { sha256, sha256Hex } from '../../../src/serve/oauth/hash.js';
import { revokeToken } from '../../../src/serve/oauth/token-endpoint.js';
import { Tokens } from '../../../src/serve/oauth/tokens.js';
import { createMemoryStore } from '../../../src/serve/store/memory.js';
import * as client from './support.js';

const REDIRECT = 'https://client.example/callback';
const random = (bytes: number) => randomBytes(bytes).toString('base64url');
const SERVICE = { name: 'A', command: ['a'], outputs: ['X'] };

const opened = () => {
  const store = createMemoryStore(Date.now);
  const clients = new Clients(store, Date.now, random);
  const tokens = new Tokens(store, clients, Date.now, random, null);
  return { store, clients, tokens, grants: new Grants(store, tokens, Date.now, random) };
};
const WISH = { name: 'C', redirectUris: [REDIRECT], dialect: 'standard' as const };

describe('clients and tokens', () => {
  it('no secret is that of a public client', async () => {
    const { client: added } = await opened().clients.add({ ...WISH, isPublic: true });
    expect(hasSecret(added, '')).toBe(false);
    expect(hasSecret(added, 'a secret')).toBe(false);
  });

  it('a token ends with its user', async () => {
    const { store, clients, tokens } = opened();
    const { client: added } = await clients.add({ ...WISH, isPublic: true });
    await store.create('user', 'anna', {}, null);
    const { token } = await tokens.issue({ client: added, serviceId: 'one', user: 'anna' });
    expect(await tokens.find(token)).toMatchObject({ user: 'anna' });
    await store.remove('user', 'anna');
    expect(await tokens.find(token)).toBeUndefined();
  });

  it('no client revokes the token of another one', async () => {
    const store = createMemoryStore(Date.now);
    await using provider = await client.start({ store });
    const token = await client.getToken(provider);
    const other = await client.registerClient(provider);
    const fields = { token, client_id: other.id, client_secret: other.secret };
    const response = await client.ask(`${provider.origin}/oauth/revoke`, {
      headers: { 'Content-Type': client.FORM },
      body: new URLSearchParams(fields).toString(),
    });
    expect(response.status).toBe(200);
    expect(await store.list('token')).toHaveLength(1);
  });
});

describe('codes and credentials', () => {
  it('a stored code that does not say it is unused is used', async () => {
    const { store, clients, grants } = opened();
    const { client: added } = await clients.add({ ...WISH, isPublic: true });
    const request = { clientId: added.id, redirectUri: REDIRECT, redirectUriSent: true };
    const stored = { request, serviceId: 'one', user: null, expiresAt: Date.now() + 60_000, tokenKey: null };
    const redeem = async (code: string, record: object) => {
      await store.create('code', sha256Hex(code), record, Date.now() + 60_000);
      return grants.redeem({ code, client: added, redirectUri: REDIRECT, verifier: undefined });
    };
    expect(await redeem('unused', { ...stored, used: false })).toMatchObject({ serviceId: 'one' });
    for (const used of [undefined, 'false', 0])
      await expect(redeem(`used ${used}`, { ...stored, used })).rejects.toThrow();
    expect(await store.list('token')).toHaveLength(1);
  });

  it('a plus sign of Basic credentials is a space, as forms encode it (RFC 6749 2.3.1)', async () => {
    const { store, clients, tokens, grants } = opened();
    const record = { id: 'a b+c', name: 'C', secretHash: sha256('d e+f'), redirectUris: [REDIRECT] };
    await store.create('client', record.id, { ...record, dialect: 'standard', registeredAt: 0 }, null);
    const authorization = `Basic ${Buffer.from('a+b%2Bc:d+e%2Bf').toString('base64')}`;
    const request = { contentType: client.FORM, authorization, query: '', body: 'token=unknown' };
    const context = { clients, tokens, grants, resourceUrl: () => REDIRECT };
    expect(await revokeToken(request, context)).toMatchObject({ status: 200 });
  });

  it('parameters in the address of a token request are refused, except from a program that knows no other way', async () => {
    await using provider = await client.start();
    const ask = async (redirectUrl: string) => {
      const { id, secret } = await client.registerClient(provider, { redirect_url: redirectUrl });
      const fields = { ...client.tokenFields({ id, secret }, 'unknown') };
      const query = new URLSearchParams(fields).toString();
      return client.readJson(
        await client.ask(`${provider.origin}/oauth/access?${query}`, { method: 'POST' }),
      );
    };
    expect(await ask(client.CALLBACK)).toMatchObject({ error: 'invalid_request' });
    expect(await ask('')).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    ['https://bim.example', true],
    ['http://127.0.0.1:1000', false],
  ])(
    'the cookie of the consent page at %s is for encrypted connections only: %s',
    async (origin, isSecure) => {
      const { clients, tokens, grants } = opened();
      const { client: added } = await clients.add({ ...WISH, isPublic: false });
      const page = await askConsent(`client_id=${added.id}&response_type=code`, undefined, {
        clients,
        tokens,
        grants,
        users: null,
        services: () => new Map([['one', client.countingService('one')]]),
        randomToken: random,
        resourceUrl: () => origin,
        redirectHosts: new Set(),
        websocketUrl: `${origin.replace('http', 'ws')}/stream`,
        mayLogIn: async () => true,
        loggedIn: async () => {},
        log: () => {},
      });
      expect(/; Secure$/.test(String(page.headers['Set-Cookie']))).toBe(isSecure);
    },
  );
});

describe('a file of services', () => {
  it('a mistake is at the line of the name, where its value is on another line', () => {
    const lines = ['[', ' {', '  "name": "A",', '  "command": ["a"],', '  "outputs":', '   1', ' }', ']'];
    expect(readConfig(lines.join('\n'))).toMatchObject({ line: 5 });
  });

  it.each([
    ['/a~1b/id', 3],
    ['/a~0b/id', 5],
    ['/a~01b/id', 7],
  ])('the line of the JSON pointer %s', (instancePath, line) => {
    const members = ['a/b', 'a~b', 'a~1b'].map((name) => ` "${name}": {\n  "id": 1}`);
    const json = readLocated(`{\n${members.join(',\n')}\n}`);
    if ('words' in json) throw new Error(json.words);
    expect(schemaMistake(json, [{ keyword: 'type', instancePath, params: {} }])).toMatchObject({ line });
  });

  it('a type that few clients know is a doubt, and one that all know is not', () => {
    const doubts = (members: object) => {
      const [service] = [
        readConfig(JSON.stringify([{ ...SERVICE, outputs: ['BCF_ZIP_2_1'], ...members }])),
      ].flat();
      if (service === undefined || 'words' in service) throw new Error('a mistake');
      return doubtsOf(service);
    };
    expect(doubts({ inputs: ['IFC_STEP_4'] })).toEqual([]);
    expect(doubts({ inputs: ['ifc_step_4'] })).toEqual([
      'a: the type ifc_step_4 is written IFC_STEP_4 in other lists, and some clients look for that name',
    ]);
    expect(doubts({ inputs: ['MINE'] })).toEqual([
      'a: the type MINE is not a common one, and few clients know it',
    ]);
    expect(doubts({ outputs: ['MINE', 'MINE'] })).toEqual([
      expect.stringMatching(/^a: the type MINE is not a common one, .*; its results are named a\.\w+$/),
    ]);
  });

  it('a time of the processor is rounded up to whole seconds', () => {
    const read = (cpu: string) => readConfig(JSON.stringify([{ ...SERVICE, cpu }]));
    expect(read('500ms')).toMatchObject([{ cpuSeconds: 1 }]);
    expect(read('1500ms')).toMatchObject([{ cpuSeconds: 2 }]);
  });

  it('a byte order mark of an editor is no mistake', () => {
    expect(readConfig(`\ufeff${JSON.stringify([SERVICE])}`)).toMatchObject([{ id: 'a' }]);
  });

  it.each(['\n', '\r\n', '\r'])('lines are counted with %j at their ends', (end) => {
    const lines = ['[', ' {', '  "name": "A",', '  "command": ["a"],', '  "outputs": 1', ' }', ']'];
    expect(readConfig(lines.join(end))).toMatchObject({ line: 5 });
  });

  it('an unknown name is shown without control characters', () => {
    const mistake = readConfig(JSON.stringify([{ ...SERVICE, 'x\u001b[2J': 1 }]));
    expect(JSON.stringify(mistake)).toContain('is not known here');
    expect(JSON.stringify(mistake)).not.toContain('\\u001b');
  });
});
