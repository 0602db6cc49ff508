// The consent page: which clients are accepted, where the redirect may go, forged forms, and foreign text.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerConsentPage } from '../../../src/serve/oauth/consent-answer.js';
import type { Provider } from '../../../src/serve/provider.js';
import { browserTest } from '../../support/chromium.js';
import * as client from './support.js';

let provider: Provider;
let now: number;
beforeEach(async () => {
  now = Date.UTC(2024, 0, 1);
  provider = await client.start({ now: () => now });
});
afterEach(() => provider[Symbol.asyncDispose]());

describe('the consent page', () => {
  it('says who requests access, for what, and where the result goes', async () => {
    const { id } = await client.registerClient(provider, { client_name: 'Planner 3000' });
    const page = await client.ask(client.authorizeUrl(provider, id));
    expect(page.status).toBe(200);
    for (const words of ['Planner 3000', 'Counting one', '127.0.0.1:1000', 'A program on this computer']) {
      expect(page.text).toContain(words);
    }
  });

  it('B161: is neither framed nor cached, and its form goes to us and on to the client only', async () => {
    const { id } = await client.registerClient(provider);
    const { headers } = await client.ask(client.authorizeUrl(provider, id));
    const policy = headers['content-security-policy'];
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self' http://127.0.0.1:1000;");
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^bimservice-consent=[\w-]{43}; Path=\/oauth\/authorize; HttpOnly; SameSite=Lax$/,
      ),
    ]);
  });

  it('keeps the id of a browser that it gave, and replaces one that it did not give', async () => {
    const { id } = await client.registerClient(provider);
    const cookieOf = async (sent: string) => {
      const headers = { Cookie: `bimservice-consent=${sent}` };
      const page = await client.ask(client.authorizeUrl(provider, id), { headers });
      return page.headers['set-cookie']?.[0]?.split(';')[0]?.split('=')[1];
    };
    const ours = 'A'.repeat(43);
    expect(await cookieOf(ours)).toBe(ours);
    for (const foreign of ['known-to-another', 'A'.repeat(44)])
      expect(await cookieOf(foreign)).toMatch(/^(?!known|A{43})[\w-]{43}$/);
  });

  it('B161: shows a name of markup and control characters as text', async () => {
    const client_name = '<script>alert(1)</script>"\'&\u202e\u0000x';
    const { id } = await client.registerClient(provider, { client_name });
    const page = await client.ask(client.authorizeUrl(provider, id));
    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp; x');
    expect(page.text).not.toMatch(/<script|\u202e|\u0000/);
  });

  it('lets the person choose among several services unless the state names one', async () => {
    const services = [client.countingService('one'), client.countingService('two', 'A & <B>')];
    await using several = await client.start({ services });
    const registered = await client.registerClient(several);
    const { id } = registered;
    const open = await client.ask(client.authorizeUrl(several, id));
    expect(open.text.match(/type="radio"/g)).toHaveLength(2);
    const state = JSON.stringify({ _serviceName: 'A & <B>', nonce: 'n' });
    const named = await client.ask(client.authorizeUrl(several, id, { state }));
    expect(named.text).not.toContain('type="radio"');
    expect(named.text).toContain('A &amp; &lt;B&gt;');

    const post = answerConsentPage(
      { url: several.origin, html: open.text, setCookie: open.headers['set-cookie']?.[0] },
      'allow',
    );
    if (post === undefined) throw new Error('no form');
    const chosen = await client.ask(post.url, {
      headers: post.headers,
      body: `${post.body}&service=two`,
    });
    const code = client.target(chosen).searchParams.get('code') ?? '';
    const token = await client.askToken(several, client.tokenFields(registered, code));
    expect(client.readJson(token).resource_url).toBe(`${several.origin}/services/two`);
  });

  it('accepts Deny without a selection, but not Allow', async () => {
    const services = [client.countingService('one'), client.countingService('two')];
    await using several = await client.start({ services });
    const { id } = await client.registerClient(several);
    const denied = await client.consent(client.authorizeUrl(several, id), 'deny');
    const { searchParams } = client.target(denied);
    expect([searchParams.get('error'), searchParams.get('state')]).toEqual(['access_denied', 'the state']);
    const allowed = await client.consent(client.authorizeUrl(several, id), 'allow');
    expect([allowed.status, allowed.headers.location]).toEqual([400, undefined]);
  });
});

describe('B161: the form', () => {
  async function shownForm(): Promise<{ url: string; body: string; cookie: string }> {
    const { id } = await client.registerClient(provider);
    const url = client.authorizeUrl(provider, id);
    const page = await client.ask(url);
    const post = answerConsentPage(
      { url, html: page.text, setCookie: page.headers['set-cookie']?.[0] },
      'allow',
    );
    return { url: post?.url ?? '', body: post?.body ?? '', cookie: post?.headers.Cookie ?? '' };
  }

  it('is refused from a browser that was not shown it, and stays good for the one that was', async () => {
    const form = await shownForm();
    const foreign = `bimservice-consent=${'A'.repeat(43)}`;
    for (const headers of [{}, { Cookie: foreign }]) {
      const received = await client.ask(form.url, {
        headers: { 'Content-Type': client.FORM, ...headers },
        body: form.body,
      });
      expect(received.status).toBe(403);
      expect(received.headers.location).toBeUndefined();
    }
    const headers = { 'Content-Type': client.FORM, Cookie: form.cookie };
    expect((await client.ask(form.url, { headers, body: form.body })).status).toBe(303);
  });

  it.each<[string, (form: { body: string; cookie: string }) => { body: string; type: string }, number]>([
    ['without its token', () => ({ body: 'decision=allow', type: client.FORM }), 403],
    [
      'with a guessed token',
      () => ({ body: `decision=allow&consent=${'x'.repeat(43)}`, type: client.FORM }),
      403,
    ],
    ['as plain text', (form) => ({ body: form.body, type: 'text/plain' }), 415],
  ])('is refused %s', async (_title, change, status) => {
    const form = await shownForm();
    const { body, type } = change(form);
    const headers = { 'Content-Type': type, Cookie: form.cookie };
    expect((await client.ask(form.url, { headers, body })).status).toBe(status);
  });

  it('is good once, and for ten minutes', async () => {
    const form = await shownForm();
    const headers = { 'Content-Type': client.FORM, Cookie: form.cookie };
    expect((await client.ask(form.url, { headers, body: form.body })).status).toBe(303);
    expect((await client.ask(form.url, { headers, body: form.body })).status).toBe(403);
    const late = await shownForm();
    now += 10 * 60_000;
    const lateHeaders = { 'Content-Type': client.FORM, Cookie: late.cookie };
    expect((await client.ask(late.url, { headers: lateHeaders, body: late.body })).status).toBe(403);
  });
});

describe('an authorization request that must not be redirected', () => {
  it.each<[string, Record<string, string | undefined>]>([
    ['an unknown client', { client_id: 'unknown' }],
    ['no client', { client_id: undefined }],
    ['another path', { redirect_uri: 'http://127.0.0.1:1000/other' }],
    ['B155: another host', { redirect_uri: 'http://localhost:1000/callback' }],
    ['B155: another scheme', { redirect_uri: 'https://127.0.0.1:1000/callback' }],
    ['a user name', { redirect_uri: 'http://127.0.0.1:1000@evil.example/callback' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
  ])('%s', async (_title, changes) => {
    const { id } = await client.registerClient(provider);
    const received = await client.ask(client.authorizeUrl(provider, id, changes));
    expect(received.status).toBe(400);
    expect(received.headers.location).toBeUndefined();
    expect(received.headers['content-type']).toContain('text/html');
    expect(received.text).not.toContain('<form');
  });

  it('a query added by a client of RFC 7591; one of the original form may add it (BIMserver does)', async () => {
    const redirect_uri = `${client.CALLBACK}?x=1`;
    const standard = await client.registerPublicClient(provider);
    expect((await client.ask(client.authorizeUrl(provider, standard.id, { redirect_uri }))).status).toBe(400);
    const original = await client.registerClient(provider);
    const received = await client.consent(client.authorizeUrl(provider, original.id, { redirect_uri }));
    expect(received.headers.location).toMatch(/^http:\/\/127\.0\.0\.1:1000\/callback\?x=1&code=/);
  });

  it('a code and a state in the query that it adds: the client gets ours only', async () => {
    const redirect_uri = `${client.CALLBACK}?x=1&code=stolen&state=other&error=no`;
    const { id } = await client.registerClient(provider);
    const received = await client.consent(client.authorizeUrl(provider, id, { redirect_uri }));
    const { searchParams } = client.target(received);
    expect([searchParams.getAll('state'), searchParams.getAll('code').length]).toEqual([['the state'], 1]);
    expect([searchParams.get('code') === 'stolen', searchParams.has('error'), searchParams.get('x')]).toEqual(
      [false, false, '1'],
    );
  });

  it('a fault, where the client is on another computer: anyone may register there', async () => {
    const redirect_uri = 'https://evil.example/callback?a=b';
    const { id } = await client.registerClient(provider, { redirect_url: redirect_uri });
    const wrong = { redirect_uri, response_type: 'token' };
    const received = await client.ask(client.authorizeUrl(provider, id, wrong));
    expect([received.status, received.headers.location]).toEqual([400, undefined]);
    expect(received.text).toContain('response_type must be code');
    expect(received.text).toMatch(
      /<a href="https:\/\/evil\.example\/callback\?a=b&amp;error=unsupported_response_type&amp;[^"]+">Go back to evil\.example<\/a>/,
    );
  });

  it('two redirect addresses at once', async () => {
    const { id } = await client.registerClient(provider);
    const url = `${client.authorizeUrl(provider, id)}&redirect_uri=https%3A%2F%2Fevil.example`;
    expect((await client.ask(url)).headers.location).toBeUndefined();
  });
});

describe('an authorization request whose fault goes to the client', () => {
  it.each<[string, Record<string, string | undefined>, string]>([
    ['no response_type', { response_type: undefined }, 'invalid_request'],
    ['response_type token', { response_type: 'token' }, 'unsupported_response_type'],
    ['PKCE plain by default', { code_challenge_method: undefined }, 'invalid_request'],
    ['PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a method without challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a challenge that is no SHA-256', { code_challenge: 'short' }, 'invalid_request'],
  ])('%s', async (_title, changes, error) => {
    const { id } = await client.registerClient(provider);
    const received = await client.ask(client.authorizeUrl(provider, id, changes));
    expect(received.status).toBe(303);
    const { searchParams } = client.target(received);
    expect(searchParams.get('error')).toBe(error);
    expect(searchParams.get('state')).toBe('the state');
    expect(searchParams.has('code')).toBe(false);
  });

  it('a repeated parameter', async () => {
    const { id } = await client.registerClient(provider);
    const received = await client.ask(`${client.authorizeUrl(provider, id)}&response_type=code`);
    expect(client.target(received).searchParams.get('error')).toBe('invalid_request');
  });

  it('a public client without PKCE', async () => {
    const { id } = await client.registerPublicClient(provider);
    const plain = { code_challenge: undefined, code_challenge_method: undefined };
    const received = await client.ask(client.authorizeUrl(provider, id, plain));
    expect(client.target(received).searchParams.get('error')).toBe('invalid_request');
  });
});

it('B155: a loopback literal may use another port, and the redirect goes there', async () => {
  const { id } = await client.registerClient(provider);
  const received = await client.consent(
    client.authorizeUrl(provider, id, { redirect_uri: 'http://127.0.0.1:2000/callback' }),
  );
  expect(client.target(received).host).toBe('127.0.0.1:2000');
});

it('a form of over 64 KiB is refused with 413', async () => {
  const received = await client.ask(`${provider.origin}/oauth/authorize`, {
    headers: { 'Content-Type': client.FORM },
    body: 'x'.repeat(65 * 1024),
  });
  expect(received.status).toBe(413);
});

browserTest(
  'in a real browser, Allow goes through to the client (form-action applies to the redirect)',
  async (browser) => {
    const received: string[] = [];
    const listener = createServer((request, response) => {
      received.push(request.url ?? '');
      response.end('back at the client');
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = listener.address() as AddressInfo;
      const { id } = await client.registerClient(provider);
      const redirect_uri = `http://127.0.0.1:${port}/callback`;
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
      });
      await page.goto(client.authorizeUrl(provider, id, { redirect_uri }));
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByText('back at the client').waitFor();
      expect(complaints).toEqual([]);
      expect(received[0]).toMatch(/^\/callback\?code=[\w-]{43}&state=the\+state&websocketUrl=ws%3A/);
    } finally {
      listener.close();
      listener.closeAllConnections();
    }
  },
);
