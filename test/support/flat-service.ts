// A PHP-like service in the original flat form (PROTOCOL 0): JSON only, redirects only to the registered address.

import { randomBytes } from 'node:crypto';
import { bcfZip } from './fixtures.js';
import { jsonResponse, readJsonObject } from './json.js';
import { loopbackFault, pkceFault } from './pkce.js';
import {
  header,
  headerValues,
  type PlannedResponse,
  type SeenRequest,
  StrictServer,
} from './strict-server.js';

export interface FlatServiceOptions {
  /** `bare`: a JSON array. `wrapped`: an object with `services`. */
  list?: 'bare' | 'wrapped';
  name?: string;
  /** What the person does on the consent page; with `silent` no callback comes. */
  consent?: 'allow' | 'deny' | 'silent';
  /** How a token request that is not JSON is refused. */
  refuseFormWith?: 400 | 415;
  /** Leaves client_secret out of the registration response: a public client. */
  publicClients?: boolean;
  /** How long the service works before it responds, in ms. */
  workMs?: number;
  /** The result; a BCF 2.0 archive with one topic by default. */
  result?: Uint8Array;
  contentDisposition?: string | null;
  contentType?: string | null;
}

interface FlatClient {
  clientSecret: string | null;
  redirectUrl: string;
}

interface Grant {
  clientId: string;
  challenge: string | null;
  used: boolean;
}

/** `Input-Type` must have the spelling of the service's own list (PROTOCOL 1.5). */
export const FLAT_INPUT = 'IFC_STEP_2x3TC1';

const REQUIRED = ['type', 'client_name', 'client_url', 'client_description', 'redirect_url'];

/** Calls: `list`, `register`, `authorize`, `token`, `invoke`. */
export class FlatService implements AsyncDisposable {
  readonly server: StrictServer;
  readonly clients = new Map<string, FlatClient>();
  readonly tokens = new Set<string>();
  /** May be changed between calls. */
  options: FlatServiceOptions;
  readonly #grants = new Map<string, Grant>();

  private constructor(options: FlatServiceOptions, server: StrictServer) {
    this.options = options;
    this.server = server;
  }

  static async start(options: FlatServiceOptions = {}): Promise<FlatService> {
    const server = await StrictServer.start({
      // doctor looks whether the server responds at all.
      home: { method: 'GET', path: '/', handle: () => ({ status: 404 }) },
      list: { method: 'GET', path: '/list.json', handle: () => service.#list() },
      register: { method: 'POST', path: '/register.php', handle: (seen) => service.#register(seen) },
      authorize: { method: 'GET', path: '/authorize.php', handle: (seen) => service.#authorize(seen) },
      token: { method: 'POST', path: '/token.php', handle: (seen) => service.#token(seen) },
      invoke: {
        method: 'POST',
        path: '/services/clashdetection.php',
        handle: (seen) => service.#invoke(seen),
      },
    });
    const service = new FlatService(options, server);
    return service;
  }

  get listUrl(): string {
    return `${this.server.origin}/list.json`;
  }

  /** The service's entry in its repository, with OAuth addresses beside resourceUrl. */
  get entry() {
    const { origin } = this.server;
    return {
      name: this.options.name ?? 'Clash detection',
      description: 'Finds clashes',
      provider: 'Strict Flat',
      inputs: [FLAT_INPUT],
      outputs: ['BCF_ZIP_2.0'],
      resourceUrl: `${origin}/services/clashdetection.php`,
      authorizationUrl: `${origin}/authorize.php`,
      registerUrl: `${origin}/register.php`,
      tokenUrl: `${origin}/token.php`,
    };
  }

  /** A token that the service accepts, without an authorization. */
  issueToken(): string {
    const token = randomBytes(20).toString('hex');
    this.tokens.add(token);
    return token;
  }

  assertDone(): void {
    this.server.assertDone();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  #list(): PlannedResponse {
    return jsonResponse(200, this.options.list === 'wrapped' ? { services: [this.entry] } : [this.entry]);
  }

  #register(seen: SeenRequest): PlannedResponse {
    const body = readJson(seen);
    if (body === null) return this.#refuse(415, 'registration is not a JSON object', 'invalid_request');
    const missing = REQUIRED.find((field) => typeof body[field] !== 'string' || body[field] === '');
    if (missing !== undefined) return this.#refuse(400, `registration without ${missing}`, 'invalid_request');
    const surplus = Object.keys(body).find((field) => ![...REQUIRED, 'client_icon'].includes(field));
    if (surplus !== undefined) this.server.complain(`registration with an unknown field: ${surplus}`);
    if (body.type !== 'push' && body.type !== 'pull') {
      return this.#refuse(400, `registration of type ${String(body.type)}`, 'invalid_request');
    }
    const redirectUrl = String(body.redirect_url);
    const fault = loopbackFault(redirectUrl);
    if (fault !== null) return this.#refuse(400, fault, 'invalid_request');
    const clientId = randomBytes(8).toString('hex');
    // Every kind of character that an encoding may damage, all of them in VSCHAR (RFC 6749 A.2).
    const clientSecret = this.options.publicClients ? null : `${randomBytes(12).toString('hex')}:+%2B&=/"\\`;
    this.clients.set(clientId, { clientSecret, redirectUrl });
    const now = Date.now();
    return jsonResponse(200, {
      client_id: clientId,
      ...(clientSecret === null ? {} : { client_secret: clientSecret }),
      issued_at: now,
      expires_in: now + 365 * 24 * 3_600_000,
    });
  }

  #authorize({ query }: SeenRequest): PlannedResponse {
    const clientId = query.get('client_id') ?? '';
    const client = this.clients.get(clientId);
    const state = query.get('state');
    const page = (status: number, text: string): PlannedResponse => ({
      status,
      headers: [['Content-Type', 'text/html; charset=utf-8']],
      body: `<!DOCTYPE html><title>Consent</title><p>${text}</p>`,
    });
    if (client === undefined) {
      this.server.complain('authorization for an unknown client_id');
      return page(400, 'Unknown client.');
    }
    if (query.get('response_type') !== 'code') this.server.complain('response_type is not code');
    if (state === null || state === '') this.server.complain('authorization without state');
    if (query.has('redirect_uri') && query.get('redirect_uri') !== client.redirectUrl) {
      this.server.complain('redirect_uri is not the registered one');
    }
    const challenge = query.get('code_challenge');
    if (challenge !== null && query.get('code_challenge_method') !== 'S256') {
      this.server.complain('code_challenge without code_challenge_method=S256');
    }
    const consent = this.options.consent ?? 'allow';
    if (consent === 'silent') return page(200, 'Thank you. You may close this page.');
    const location = new URL(client.redirectUrl);
    if (consent === 'deny') {
      location.searchParams.set('error', 'access_denied');
      location.searchParams.set('error_description', 'The user said no');
    } else {
      const code = randomBytes(20).toString('hex');
      this.#grants.set(code, { clientId, challenge, used: false });
      location.searchParams.set('code', code);
    }
    if (state !== null) location.searchParams.set('state', state);
    return {
      status: 302,
      headers: [
        ['Set-Cookie', `PHPSESSID=${randomBytes(13).toString('hex')}; path=/`],
        ['Location', location.href],
      ],
    };
  }

  #token(seen: SeenRequest): PlannedResponse {
    const body = readJson(seen);
    // This is not a complaint: a client finds out like this which encoding the server accepts.
    if (body === null) return jsonResponse(this.options.refuseFormWith ?? 415, { error: 'invalid_request' });
    const text = (field: string) => (typeof body[field] === 'string' ? body[field] : null);
    if (text('grant_type') !== 'authorization_code') {
      return this.#refuse(400, 'grant_type is not authorization_code', 'unsupported_grant_type');
    }
    const client = this.clients.get(text('client_id') ?? '');
    const secret = 'client_secret' in body ? text('client_secret') : null;
    const absent = client?.clientSecret === null && 'client_secret' in body;
    if (client === undefined || secret !== client.clientSecret || absent) {
      return this.#refuse(401, 'token request with the wrong client_id or client_secret', 'invalid_client');
    }
    const grant = this.#grants.get(text('code') ?? '');
    if (grant === undefined || grant.clientId !== text('client_id')) {
      return this.#refuse(400, 'token request with an unknown code', 'invalid_grant');
    }
    if (grant.used) return this.#refuse(400, 'code redeemed twice', 'invalid_grant');
    grant.used = true;
    if ('redirect_uri' in body && body.redirect_uri !== client.redirectUrl) {
      return this.#refuse(
        400,
        'redirect_uri of the token request is not the registered one',
        'invalid_grant',
      );
    }
    const fault = pkceFault(grant.challenge, text('code_verifier'));
    if (fault !== null) return this.#refuse(400, fault, 'invalid_grant');
    return jsonResponse(200, { access_token: this.issueToken() });
  }

  async #invoke(seen: SeenRequest): Promise<PlannedResponse> {
    const authorization = header(seen, 'authorization') ?? '';
    if (![...this.tokens].some((token) => authorization === `Bearer ${token}`)) {
      return { ...jsonResponse(401, { error: 'invalid_token' }), headers: [['WWW-Authenticate', 'Bearer']] };
    }
    if (headerValues(seen, 'origin').length > 0) this.server.complain('invoke with an Origin');
    if (headerValues(seen, 'cookie').length > 0) this.server.complain('invoke with a Cookie');
    if (seen.framing !== 'length')
      return this.#refuse(411, 'invoke without Content-Length', 'length_required');
    if (header(seen, 'input-type') !== FLAT_INPUT) {
      return this.#refuse(415, `Input-Type is ${header(seen, 'input-type') ?? 'absent'}`, 'input_type');
    }
    if (seen.body.length === 0) return this.#refuse(400, 'invoke without a model', 'no_model');
    const { workMs, contentDisposition, contentType, result } = this.options;
    const headers: Array<readonly [string, string]> = [];
    if (contentType !== null) headers.push(['Content-Type', contentType ?? 'application/zip']);
    if (contentDisposition !== null) {
      headers.push(['Content-Disposition', contentDisposition ?? 'attachment; filename="clashes.bcfzip"']);
    }
    const body = result ?? (await bcfZip({ version: '2.0', topics: [{ title: 'Wall meets duct' }] }));
    return { status: 200, headers, body, ...(workMs === undefined ? {} : { delayMs: workMs }) };
  }

  #refuse(status: number, complaint: string, error: string): PlannedResponse {
    this.server.complain(complaint);
    return jsonResponse(status, { error });
  }
}

function readJson(seen: SeenRequest): Record<string, unknown> | null {
  const declared = /^application\/json\s*(;|$)/i.test(header(seen, 'content-type') ?? '');
  return declared ? readJsonObject(seen.body.toString()) : null;
}
