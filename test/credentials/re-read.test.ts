// Another process may already have used a refused refresh token, so the store is read again before the command fails.

import { describe, expect, test } from 'vitest';
import { refreshAccessToken } from '../../src/core/authorization/fresh-token.js';
import { createCredentialStore } from '../../src/core/credentials/credential-store.js';
import type { AccessToken, RecordStore } from '../../src/core/ports/credentials.js';
import type { SmallResponse } from '../../src/core/ports/http.js';
import type { Service } from '../../src/protocol/repository/service.js';
import { Secret } from '../../src/secret.js';

const SERVICE: Service = {
  id: 'closed',
  name: 'Closed',
  description: '',
  provider: '',
  inputs: [],
  outputs: [],
  resourceUrl: 'https://bim.example/run',
  oauth: {
    registerUrl: 'https://bim.example/r',
    authorizationUrl: 'https://bim.example/a',
    tokenUrl: 'https://bim.example/t',
  },
  form: 'nested',
  repository: '',
};

const tokenAt = (obtainedAt: number): AccessToken => ({
  accessToken: new Secret(`access-of-${obtainedAt}`),
  refreshToken: new Secret(`refresh-of-${obtainedAt}`),
  expiresAt: obtainedAt + 60_000,
  obtainedAt,
  resourceUrl: null,
});

/** Records in memory; locks are not tested here. */
function memory(): RecordStore {
  const texts = new Map<string, string>();
  return {
    kindOf: async () => 'files',
    keys: async () => [...texts.keys()],
    removeCopies: async () => 0,
    read: async (key) => texts.get(key) ?? null,
    write: async (key, text) => void texts.set(key, text),
    remove: async (key) => texts.delete(key),
    setAside: async (key) => key,
    lock: async () => ({ [Symbol.asyncDispose]: async () => {} }),
    probe: async () => {},
  };
}

/** A store with the first token, and a token endpoint that refuses it after `meanwhile` has run. */
async function refusing(
  oauthError: string,
  meanwhile: (write: (token: AccessToken) => Promise<void>) => unknown,
) {
  const store = createCredentialStore(memory(), () => {});
  if (SERVICE.oauth === null) throw new Error('no endpoints');
  await store.writeRegistration(SERVICE.oauth, {
    clientId: 'client',
    clientSecret: null,
    clientName: 'test',
    redirectUri: 'http://127.0.0.1:9/callback',
    issuedAt: null,
    expiresAt: null,
  });
  await store.writeToken(SERVICE, tokenAt(1000));
  let requests = 0;
  const request = async (): Promise<SmallResponse> => {
    requests += 1;
    await meanwhile((token) => store.writeToken(SERVICE, token));
    const body = new TextEncoder().encode(JSON.stringify({ error: oauthError }));
    return { status: 400, headers: [['Content-Type', 'application/json']], body };
  };
  const unused = () => Promise.reject(new Error('no model is sent here'));
  const ports = {
    store,
    http: { request, postModel: unused, openRunChannel: unused },
    clock: { now: () => 100_000, monotonic: () => 0 },
    reporter: { info: () => {}, warn: () => {}, instruct: () => {}, debug: () => {} },
  };
  const refreshing = refreshAccessToken(SERVICE, tokenAt(1000), ports, new AbortController().signal);
  const token = await refreshing.catch((error: unknown) => error);
  return { token, requests, store };
}

describe('invalid_grant', () => {
  test('succeeds when another machine has stored a newer token', async () => {
    const { token, requests } = await refusing('invalid_grant', (write) => write(tokenAt(2000)));
    expect(token).toMatchObject({ obtainedAt: 2000 });
    expect(requests).toBe(1);
  });

  test('fails when nothing is newer; the token and the registration stay', async () => {
    const { token, requests, store } = await refusing('invalid_grant', () => {});
    expect(token).toMatchObject({ code: 'token-refused' });
    expect(requests).toBe(1);
    expect(await store.readToken(SERVICE)).toMatchObject({ obtainedAt: 1000 });
    if (SERVICE.oauth === null) throw new Error('no addresses');
    expect(await store.readRegistration(SERVICE.oauth)).toMatchObject({ clientId: 'client' });
  });
});
