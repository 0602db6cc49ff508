// A raw client for the provider's tests: one request a socket, nothing followed, nothing kept.

import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { answerConsentPage } from '../../../src/serve/oauth/consent-answer.js';
import { type Provider, type ProviderOptions, startProvider } from '../../../src/serve/provider.js';
import type { ServedService } from '../../../src/serve/service/served-service.js';

export const CALLBACK = 'http://127.0.0.1:1000/callback';
export const VERIFIER = 'correct-horse-battery-staple-correct-horse-battery';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const FORM = 'application/x-www-form-urlencoded';

export interface Answer {
  status: number;
  /** The words of the status line. */
  reason: string;
  headers: IncomingHttpHeaders;
  text: string;
  bytes: Buffer;
}

export interface Asked {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Uint8Array;
}

export function ask(url: string, { method, headers = {}, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, agent: false };
    const outgoing = request(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          reason: incoming.statusMessage ?? '',
          headers: incoming.headers,
          bytes,
          text: bytes.toString('utf8'),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export function readJson(response: Answer): Record<string, unknown> {
  const value: unknown = JSON.parse(response.text);
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${response.text}`);
  return { ...value };
}

/** A service that returns how many bytes it received. */
export function countingService(id: string, name = `Counting ${id}`): ServedService {
  return {
    id,
    name,
    description: 'Counts bytes.',
    inputs: ['IFC_STEP_4'],
    outputs: ['UNSTRUCTURED_UTF8_TEXT_1_0'],
    async run(model, context) {
      let size = 0;
      for await (const chunk of model) size += chunk.byteLength;
      const body = Buffer.from(`${size} bytes of ${context.inputType}`);
      return {
        fileName: 'größe "1".txt',
        contentType: 'text/plain',
        outputType: 'UNSTRUCTURED_UTF8_TEXT_1_0',
        title: 'Größe',
        body,
      };
    },
  };
}

export function start(options: Partial<ProviderOptions> = {}): Promise<Provider> {
  return startProvider({ port: 0, host: '127.0.0.1', services: [countingService('one')], ...options });
}

export interface Registered {
  id: string;
  secret: string;
}

export async function registerClient(
  provider: Provider,
  changes: Record<string, unknown> = {},
): Promise<Registered> {
  const response = await ask(`${provider.origin}/oauth/register`, {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      type: 'push',
      client_name: 'Test client',
      client_url: 'http://127.0.0.1/',
      client_description: 'A test',
      redirect_url: CALLBACK,
      ...changes,
    }),
  });
  const { client_id, client_secret } = readJson(response);
  return { id: String(client_id), secret: String(client_secret) };
}

export async function registerPublicClient(provider: Provider): Promise<Registered> {
  const response = await ask(`${provider.origin}/oauth/register`, {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' }),
  });
  return { id: String(readJson(response).client_id), secret: '' };
}

/** The authorization request's address; a parameter that is undefined is left out. */
export function authorizeUrl(
  provider: Provider,
  clientId: string,
  changes: Record<string, string | undefined> = {},
): string {
  const url = new URL('/oauth/authorize', provider.origin);
  const parameters = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: CALLBACK,
    state: 'the state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...changes,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/** Shows the page and submits the person's decision; the result is the 303. */
export async function consent(url: string, decision: 'allow' | 'deny' = 'allow'): Promise<Answer> {
  const page = await ask(url);
  const post = answerConsentPage(
    { url, html: page.text, setCookie: page.headers['set-cookie']?.[0] },
    decision,
  );
  if (post === undefined) throw new Error(`no consent form: ${page.status} ${page.text}`);
  return ask(post.url, post);
}

export function target(response: Answer): URL {
  return new URL(response.headers.location ?? '');
}

export async function getCode(
  provider: Provider,
  client: Registered,
  changes: Record<string, string | undefined> = {},
): Promise<string> {
  const response = await consent(authorizeUrl(provider, client.id, changes));
  return target(response).searchParams.get('code') ?? '';
}

export function tokenFields(client: Registered, code: string): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    client_id: client.id,
    client_secret: client.secret,
    code_verifier: VERIFIER,
  };
}

export function without(fields: Record<string, string>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

export function askToken(
  provider: Provider,
  fields: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(`${provider.origin}/oauth/access`, {
    headers: { 'Content-Type': FORM, ...headers },
    body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
  });
}

export async function getToken(provider: Provider, changes: Record<string, string> = {}): Promise<string> {
  const client = await registerClient(provider);
  const code = await getCode(provider, client, changes);
  return String(readJson(await askToken(provider, tokenFields(client, code))).access_token);
}
