// More small rules of the provider's OAuth code, against its modules: redirect addresses, codes, tokens, and names of clients.
import { randomBytes } from 'node:crypto';
import { expect, it, test } from 'vitest';
import { redirect } from '../../../src/serve/oauth/authorize.js';
import { checkBearer } from '../../../src/serve/oauth/bearer.js';
import { type Client, Clients, chooseRedirectUri } from '../../../src/serve/oauth/clients.js';
import { answerConsentPage } from '../../../src/serve/oauth/consent-answer.js';
import { Grants } from '../../../src/serve/oauth/grants.js';
import { sameHash, sha256, sha256Hex } from '../../../src/serve/oauth/hash.js';
import { readParameters } from '../../../src/serve/oauth/parameters.js';
import { register } from '../../../src/serve/oauth/register.js';
import { Tokens } from '../../../src/serve/oauth/tokens.js';
import { createMemoryStore } from '../../../src/serve/store/memory.js';
import * as client from './support.js';

const random = (bytes: number) => randomBytes(bytes).toString('base64url');
const RULES = { redirectHosts: new Set(['app.example']), now: Date.now };

function opened() {
  const store = createMemoryStore(Date.now);
  const clients = new Clients(store, Date.now, random);
  const tokens = new Tokens(store, clients, Date.now, random, null);
  return { store, clients, tokens, grants: new Grants(store, tokens, Date.now, random) };
}

const PUBLIC = { name: 'C', redirectUris: [client.CALLBACK], isPublic: true, dialect: 'standard' } as const;

const registered = (dialect: Client['dialect'], ...redirectUris: string[]): Client => ({
  id: 'c',
  name: 'C',
  secretHash: null,
  redirectUris,
  dialect,
  registeredAt: 0,
  isUsed: true,
});

const [LOOPBACK, ELSEWHERE] = ['http://127.0.0.1:1000/cb', 'http://app.example/cb'];

test.each<[string, Client, string | undefined, string | undefined]>([
  ['the only one, where none is requested', registered('standard', LOOPBACK), undefined, LOOPBACK],
  ['none of two, where none is requested', registered('standard', LOOPBACK, ELSEWHERE), undefined, undefined],
  [
    'another port of a program',
    registered('original', LOOPBACK),
    'http://127.0.0.1:2/cb',
    'http://127.0.0.1:2/cb',
  ],
  ['no other port of a BIMserver', registered('bimserver', LOOPBACK), 'http://127.0.0.1:2/cb', undefined],
  ['a machine that the operator allows', registered('original', ELSEWHERE), ELSEWHERE, ELSEWHERE],
  ['no such machine of a client of RFC 7591', registered('standard', ELSEWHERE), ELSEWHERE, undefined],
])('the redirect goes to %s', (_, from, requested, chosen) => {
  expect(chooseRedirectUri(from, requested, RULES.redirectHosts)).toBe(chosen);
});

it.each([
  ['a', false],
  ['a'.repeat(42), false],
  ['a'.repeat(43), true],
  ['ä'.repeat(43), false],
  ['a'.repeat(129), false],
])('the code_verifier %s has the form of RFC 7636: %s', async (verifier, isGood) => {
  const { clients, grants } = opened();
  const { client: added } = await clients.add(PUBLIC);
  const request = {
    clientId: added.id,
    redirectUri: client.CALLBACK,
    redirectUriSent: true,
    state: null,
    challenge: sha256(verifier),
    serviceId: 'one',
  };
  const code = await grants.issueCode(request, added, 'one', null);
  const redeemed = grants.redeem({ code, client: added, redirectUri: client.CALLBACK, verifier });
  expect(await redeemed.then(Boolean, () => false)).toBe(isGood);
});

it('two hashes are the same only where every letter is', () => {
  const hash = sha256('a');
  expect([
    sameHash(hash, hash),
    sameHash(hash, `${hash.slice(0, -1)}-`),
    sameHash(hash, hash.slice(1)),
  ]).toEqual([true, false, false]);
});

it('a stored client of an unknown kind, and a stored token without an end, are none', async () => {
  const { store, clients, tokens } = opened();
  const { client: added } = await clients.add(PUBLIC);
  await store.create('client', 'odd', { ...added, id: 'odd', dialect: 'toString' }, null);
  expect(await clients.find('odd')).toBeUndefined();
  await store.create('token', sha256Hex('t'), { clientId: added.id, serviceId: 'one', user: null }, null);
  expect(await tokens.find('t')).toBeUndefined();
});

it('the Authorization header counts before the Token header', async () => {
  const { clients, tokens } = opened();
  const { client: added } = await clients.add(PUBLIC);
  const { token } = await tokens.issue({ client: added, serviceId: 'one', user: null });
  const sent = { query: '', serviceId: 'one', authorization: [`Bearer ${token}`], tokenField: ['other'] };
  expect((await checkBearer(sent, tokens)).token).toBe(token);
  const swapped = { ...sent, authorization: ['Bearer other'], tokenField: [token] };
  await expect(checkBearer(swapped, tokens)).rejects.toMatchObject({ content: { status: 401 } });
});

it('a client of RFC 7591 has a short, clean name, and no redirect by http to another machine', async () => {
  const { clients } = opened();
  const add = (more: object) => {
    const body = JSON.stringify({ redirect_uris: [LOOPBACK], ...more });
    return register('application/json', body, { clients, ...RULES });
  };
  const { clientName } = await add({ client_name: `a\u202e\u001b[2J${'x'.repeat(200)}` });
  expect(clientName).toMatch(/^a[\x20-\x7e…]{1,79}$/);
  await expect(add({ redirect_uris: [LOOPBACK, ELSEWHERE] })).rejects.toMatchObject({
    content: { status: 400 },
  });
  expect(await clients.list()).toHaveLength(1);
});

it('a redirect sends no referrer and is not cached', () => {
  expect(redirect('https://client.example/cb', { code: 'c' })).toMatchObject({
    status: 303,
    headers: { 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' },
  });
});

it('a parameter that is repeated has no value', () => {
  const parameters = readParameters(new URLSearchParams('a=1&b=2&a=3'));
  expect([parameters.get('a'), parameters.get('b'), [...parameters.repeated]]).toEqual([
    undefined,
    '2',
    ['a'],
  ]);
});

it('a form without a decision denies, and a service in it does not replace the one of the request', async () => {
  const services = [client.countingService('one'), client.countingService('two')];
  await using provider = await client.start({ services });
  const program = await client.registerClient(provider);
  const state = JSON.stringify({ _serviceName: 'Counting two' });
  const submit = async (change: (body: string) => string) => {
    const url = client.authorizeUrl(provider, program.id, { state });
    const page = await client.ask(url);
    const shown = { url, html: page.text, setCookie: page.headers['set-cookie']?.[0] };
    const post = answerConsentPage(shown, 'allow');
    if (post === undefined) throw new Error('no form');
    return client.target(await client.ask(post.url, { ...post, body: change(post.body) })).searchParams;
  };
  expect((await submit((body) => body.replace('decision=allow', ''))).get('error')).toBe('access_denied');
  const code = (await submit((body) => `${body}&service=one`)).get('code') ?? '';
  const token = await client.askToken(provider, client.tokenFields(program, code));
  expect(client.readJson(token).resource_url).toBe(`${provider.origin}/services/two`);
});
