// The provider's happy path over real sockets: lists, registration, consent, token, run; and who gets what.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { duplicateGuids } from '../../../src/serve/checks/duplicate-guids.js';
import { SAMPLE_MODEL } from '../../../src/serve/checks/sample-model.js';
import type { Provider } from '../../../src/serve/provider.js';
import type { ProviderEvent } from '../../../src/serve/service/served-service.js';
import { readArchive } from './archive.js';
import * as client from './support.js';

let provider: Provider;
let events: ProviderEvent[];
beforeEach(async () => {
  events = [];
  provider = await client.start({
    services: [duplicateGuids],
    log: (event) => events.push(event),
    now: () => Date.UTC(2024, 0, 2),
  });
});
afterEach(() => provider[Symbol.asyncDispose]());

describe('the chain', () => {
  it('goes from the list to a BCF of the duplicates, in JSON as the original form has it', async () => {
    const list = client.readJson(await client.ask(provider.repositoryUrl));
    expect(list.capabilities).toEqual(['WEBSOCKET']);
    const [entry] = list.services as Array<{ resourceUrl: string; oauth: Record<string, string> }>;
    expect(entry?.oauth).toEqual({
      authorizationUrl: `${provider.origin}/oauth/authorize`,
      registerUrl: `${provider.origin}/oauth/register`,
      tokenUrl: `${provider.origin}/oauth/access`,
    });

    const registered = await client.registerClient(provider);
    const redirect = await client.consent(client.authorizeUrl(provider, registered.id));
    expect(redirect.status).toBe(303);
    const { origin, pathname, searchParams } = client.target(redirect);
    expect(origin + pathname).toBe(client.CALLBACK);
    expect(searchParams.get('state')).toBe('the state');

    const code = searchParams.get('code') ?? '';
    const token = await client.ask(`${provider.origin}/oauth/access`, {
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify(client.tokenFields(registered, code)),
    });
    expect(token.status).toBe(200);
    expect(token.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    const { access_token, ...others } = client.readJson(token);
    expect(others).toEqual({ token_type: 'Bearer', expires_in: 28800, resource_url: entry?.resourceUrl });

    const result = await client.ask(entry?.resourceUrl ?? '', {
      headers: { Authorization: `Bearer ${access_token}`, 'Input-Type': '"IFC_STEP_4"' },
      body: SAMPLE_MODEL,
    });
    expect(result.status).toBe(200);
    expect(result.headers).toMatchObject({
      'output-type': 'BCF_ZIP_2_1',
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="duplicate-guids.bcf"',
      'data-title': '1 duplicate and 0 invalid GlobalIds among 10 objects',
    });
    expect([...(await readArchive(result.bytes)).keys()][0]).toBe('bcf.version');
    const noted = events.map(({ event }) => event).filter((event) => event !== 'request');
    expect(noted).toEqual(['registered', 'allowed', 'token-issued', 'run']);
  });

  it('has no secret in its log (B160: what a code and a token look like)', async () => {
    const registered = await client.registerClient(provider);
    const code = await client.getCode(provider, registered);
    const token = client.readJson(await client.askToken(provider, client.tokenFields(registered, code)));
    const secrets = [registered.secret, code, String(token.access_token)];
    for (const secret of secrets) {
      expect(Buffer.from(secret, 'base64url').byteLength * 8).toBeGreaterThanOrEqual(128);
      expect(JSON.stringify(events)).not.toContain(secret);
    }
    expect(new Set(secrets).size).toBe(3);
  });

  it('sends the flat list as a bare array with the addresses beside resourceUrl', async () => {
    const response = await client.ask(`${provider.origin}/services.json`);
    expect(JSON.parse(response.text)).toEqual([
      expect.objectContaining({
        id: 'duplicate-globalids',
        provider: 'bimservice',
        tokenUrl: `${provider.origin}/oauth/access`,
        resourceUrl: `${provider.origin}/services/duplicate-globalids`,
      }),
    ]);
    expect(JSON.parse(response.text)[0]).not.toHaveProperty('oauth');
  });

  it('sends a person who denies back with access_denied and the state', async () => {
    const { id } = await client.registerClient(provider);
    const response = await client.consent(client.authorizeUrl(provider, id), 'deny');
    expect(response.status).toBe(303);
    expect(Object.fromEntries(client.target(response).searchParams)).toEqual({
      error: 'access_denied',
      state: 'the state',
    });
  });

  it('works by the original text: no redirect_uri, no PKCE, and the token request without redirect_uri', async () => {
    const registered = await client.registerClient(provider);
    const plain = { redirect_uri: undefined, code_challenge: undefined, code_challenge_method: undefined };
    const code = await client.getCode(provider, registered, plain);
    const fields = client.without(client.tokenFields(registered, code), 'redirect_uri', 'code_verifier');
    expect((await client.askToken(provider, fields)).status).toBe(200);
  });

  it('accepts Basic authentication, with both parts form-encoded', async () => {
    const registered = await client.registerClient(provider);
    const code = await client.getCode(provider, registered);
    const encoded = [registered.id, registered.secret].map((part) => part.replaceAll('-', '%2D')).join(':');
    const fields = client.without(client.tokenFields(registered, code), 'client_id', 'client_secret');
    const response = await client.askToken(provider, fields, {
      Authorization: `Basic ${Buffer.from(encoded).toString('base64')}`,
    });
    expect(response.status).toBe(200);
  });

  it('binds only to the given address', async () => {
    expect(new URL(provider.origin).hostname).toBe('127.0.0.1');
    const elsewhere = provider.origin.replace('127.0.0.1', '[::1]');
    await expect(client.ask(elsewhere)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('closes at once, with a socket open that says nothing', async () => {
    const { connect } = await import('node:net');
    const silent = connect(Number(new URL(provider.origin).port), '127.0.0.1');
    const closed = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => {});
    await new Promise((resolve) => silent.once('connect', resolve));
    await provider[Symbol.asyncDispose]();
    await closed;
    await expect(client.ask(provider.origin)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
