// Codes and consents that are used by two requests in the same moment: one of them wins, and the other gets nothing.
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { Clients } from '../../../src/serve/oauth/clients.js';
import { Grants } from '../../../src/serve/oauth/grants.js';
import { Tokens } from '../../../src/serve/oauth/tokens.js';
import { createMemoryStore } from '../../../src/serve/store/memory.js';

const REDIRECT = 'https://client.example/callback';
const random = (bytes: number) => randomBytes(bytes).toString('base64url');

async function granting() {
  let now = Date.UTC(2026, 0, 1);
  const clock = () => now;
  const store = createMemoryStore(clock);
  const clients = new Clients(store, clock, random);
  const tokens = new Tokens(store, clients, clock, random, null);
  const wish = { name: 'C', redirectUris: [REDIRECT], isPublic: true, dialect: 'standard' as const };
  const { client } = await clients.add(wish);
  const request = {
    clientId: client.id,
    redirectUri: REDIRECT,
    redirectUriSent: true,
    state: null,
    challenge: null,
    serviceId: 'one',
  };
  const grants = new Grants(store, tokens, clock, random);
  return {
    tokens,
    grants,
    request,
    pass: (ms: number) => {
      now += ms;
    },
    code: () => grants.issueCode(request, client, 'one', null),
    redeem: (code: string) => grants.redeem({ code, client, redirectUri: REDIRECT, verifier: undefined }),
  };
}

it('a code that is exchanged twice at the same time gives one token', async () => {
  const at = await granting();
  const code = await at.code();
  const both = await Promise.allSettled([at.redeem(code), at.redeem(code)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await at.tokens.list()).toHaveLength(1);
});

it('a second exchange later takes back the token of the first', async () => {
  const at = await granting();
  const code = await at.code();
  const { token } = await at.redeem(code);
  expect(await at.tokens.find(token)).toMatchObject({ serviceId: 'one' });
  at.pass(3_600_000);
  await expect(at.redeem(code)).rejects.toMatchObject({ content: { status: 400 } });
  expect(await at.tokens.find(token)).toBeUndefined();
});

it('a code that is older than its time gives nothing', async () => {
  const at = await granting();
  const code = await at.code();
  at.pass(3_600_000);
  await expect(at.redeem(code)).rejects.toMatchObject({ content: { status: 400 } });
  expect(await at.tokens.list()).toEqual([]);
});

it('a form that is sent twice at the same time counts once', async () => {
  const { grants, request } = await granting();
  const id = await grants.openConsent(request, 'browser-1');
  const both = await Promise.all([grants.takeConsent(id, 'browser-1'), grants.takeConsent(id, 'browser-1')]);
  expect(both.filter((taken) => taken !== undefined)).toEqual([request]);
});
