// A BIMserver-like server, nested and form-encoded, with the quirks of PROTOCOL 1.1 to 1.8.

import { randomBytes } from 'node:crypto';
import { BimServerAuthorization, isPasted } from './bimserver-authorization.js';
import { isSession, respondWithJson } from './bimserver-json.js';
import { type BimClient, type BimServerOptions, PLUGIN_ID, SOID } from './bimserver-options.js';
import { BimProjects } from './bimserver-projects.js';
import { runBot } from './bimserver-run.js';
import { BimServerStream } from './bimserver-stream.js';
import { jsonResponse, readJsonObject } from './json.js';
import { loopbackFault, pkceFault } from './pkce.js';
import { header, type PlannedResponse, type SeenRequest, StrictServer } from './strict-server.js';

const FORM = 'application/x-www-form-urlencoded';
const PUSH_FIELDS = ['client_name', 'client_url', 'client_description', 'redirect_url'];

/** Calls: `list`, `register`, `authorize` (twice), `bimviews`, `token`, `json`, `invoke`; `/stream` is counted by itself. */
export class BimServer implements AsyncDisposable {
  readonly server: StrictServer;
  readonly clients: BimClient[] = [];
  readonly tokens = new Set<string>();
  /** May be changed between calls. */
  options: BimServerOptions;
  readonly stream: BimServerStream;
  readonly projects = new BimProjects();
  readonly authorization: BimServerAuthorization;

  private constructor(options: BimServerOptions, server: StrictServer) {
    this.options = options;
    this.server = server;
    this.authorization = new BimServerAuthorization(this);
    this.stream = new BimServerStream(this);
    server.onUpgrade((request, socket, head) => this.stream.upgrade(request, socket, head));
  }

  static async start(options: BimServerOptions = {}): Promise<BimServer> {
    const server = await StrictServer.start({
      list: { method: 'GET', path: /\/(?:.*\/)?servicelist/, handle: () => bim.#list() },
      register: { method: 'POST', path: '/oauth/register', handle: (seen) => bim.#register(seen) },
      authorize: {
        method: 'GET',
        path: /\/oauth\/authorize\/?/,
        handle: (seen) => bim.authorization.authorize(seen),
      },
      bimviews: {
        method: 'GET',
        path: '/apps/bimviews/',
        handle: (seen) => bim.authorization.bimviews(seen),
      },
      token: { method: 'POST', path: '/oauth/access', handle: (seen) => bim.#access(seen) },
      json: { method: 'POST', path: '/json', handle: (seen) => respondWithJson(bim, seen) },
      download: {
        method: 'POST',
        path: '/download',
        handle: (seen) => bim.projects.download(bim.server, seen, (token) => isSession(bim, token)),
      },
      invoke: { method: 'POST', path: /\/services(?:\/.*)?/, handle: (seen) => runBot(bim, seen) },
    });
    const bim = new BimServer(options, server);
    return bim;
  }

  /** The calls of one complete consent in the browser, for `expectCalls`. */
  static readonly consentCalls = ['authorize', 'bimviews', 'authorize'] as const;

  get listUrl(): string {
    return `${this.server.origin}/servicelist`;
  }

  /** The address that the server believes to be its own. */
  get site(): string {
    return this.options.siteAddress ?? this.server.origin;
  }

  get serviceName(): string {
    return this.options.name ?? 'IFC Validator';
  }

  /** A token that the service accepts, without an authorization. */
  issueToken(): string {
    const token = randomBytes(64).toString('hex');
    this.tokens.add(token);
    return token;
  }

  assertDone(): void {
    this.server.assertDone();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stream.close();
    await this.server[Symbol.asyncDispose]();
  }

  #list(): PlannedResponse {
    const entry = (at: number) => ({
      id: PLUGIN_ID + at,
      name: at === 0 ? this.serviceName : `${this.serviceName} ${at}`,
      description: 'Checks a model',
      provider: 'Strict BIMserver',
      providerIcon: '/img/bimserver.png',
      inputs: this.options.inputs ?? ['IFC_STEP_2X3TC1'],
      outputs: this.options.outputs ?? ['BCF_ZIP_2_0'],
      oauth: {
        authorizationUrl: `${this.site}/oauth/authorize`,
        registerUrl: `${this.site}/oauth/register`,
        tokenUrl: `${this.site}/oauth/access`,
      },
      resourceUrl: `${this.site}/services`,
    });
    return jsonResponse(200, {
      capabilities: ['WEBSOCKET'],
      services: Array.from({ length: this.options.emptyList ? 0 : (this.options.services ?? 1) }, (_, at) =>
        entry(at),
      ),
    });
  }

  #register(seen: SeenRequest): PlannedResponse {
    const problem = (error_description: string): PlannedResponse => {
      this.server.complain(`registration: ${error_description}`);
      return { status: 400, body: JSON.stringify({ error: 'invalid_request', error_description }) };
    };
    if (!/^application\/json\s*(;|$)/.test(header(seen, 'content-type') ?? '')) {
      return problem('Bad request content type. Expecting: application/json');
    }
    const body = readJsonObject(seen.body.toString());
    if (body === null) return problem('the body is not a JSON object');
    const missing = ['type', 'client_url', ...(body.type === 'pull' ? [] : PUSH_FIELDS)].find(
      (field) => typeof body[field] !== 'string' || body[field] === '',
    );
    if (missing === 'type') return problem('Missing [type] parameter value');
    if (body.type !== 'push' && body.type !== 'pull') return problem('Invalid [type] parameter value');
    if (missing !== undefined) return problem(`Missing [${missing}] parameter value`);
    if (this.options.registerEmpty) return { status: 200 };
    if (typeof body.client_name !== 'string' || body.client_name === '') {
      this.server.complain('registration without client_name');
      return { status: 200 };
    }
    const redirectUrl = typeof body.redirect_url === 'string' ? body.redirect_url : '';
    const fault = isPasted(redirectUrl) ? null : loopbackFault(redirectUrl);
    if (fault !== null) this.server.complain(fault);
    const client = this.clients.find((known) => known.redirectUrl === redirectUrl) ?? {
      clientId: body.client_name.toLowerCase().replaceAll(' ', ''),
      clientSecret: randomBytes(32).toString('hex'),
      redirectUrl,
      issuedAt: Date.now(),
    };
    if (!this.clients.includes(client)) this.clients.push(client);
    return jsonResponse(200, {
      client_id: client.clientId,
      client_secret: client.clientSecret,
      issued_at: String(client.issuedAt),
      expires_in: this.options.expiresInMs ?? 31_535_999_999,
      message: 'OK',
    });
  }

  #access(seen: SeenRequest): PlannedResponse {
    const contentType = header(seen, 'content-type');
    if (contentType === undefined) {
      this.server.complain('token request without Content-Type');
      return { status: 200 };
    }
    // JSON is not a complaint: a client finds out like this which encoding the server accepts.
    if (contentType !== FORM) {
      if (contentType.startsWith(FORM))
        this.server.complain(`token request with Content-Type ${contentType}`);
      return { status: 405, body: `ContentType must be ${FORM}` };
    }
    const form = new URLSearchParams(seen.body.toString());
    if (seen.query.size > 0) this.server.complain('token request with parameters in the address');
    const repeated = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1);
    const problem = (error: string, error_description: string): PlannedResponse => {
      this.server.complain(`token request: ${error_description}`);
      return { status: 401, body: JSON.stringify({ error, error_description }) };
    };
    if (repeated !== undefined) return problem('invalid_request', `${repeated} is repeated`);
    const basic = readBasic(header(seen, 'authorization'));
    if (basic !== null && form.has('client_secret'))
      this.server.complain('client_secret in body and Basic at once');
    const value = (name: string) => form.get(name) ?? basic?.[name] ?? '';
    const missing = ['grant_type', 'code', 'redirect_uri', 'client_id', 'client_secret'].find(
      (name) => !value(name),
    );
    if (missing !== undefined) return problem('invalid_request', `Missing parameters: ${missing}`);
    if (value('grant_type') !== 'authorization_code') {
      return problem('invalid_request', 'Invalid grant_type parameter value');
    }
    const grant = this.authorization.grants.get(value('code'));
    if (grant === undefined) {
      if (!this.options.unknownCode) this.server.complain('token request with an unknown code');
      return { status: 200 };
    }
    // BIMserver itself checks none of the following, but a correct client sends it correctly.
    if (grant.redeemed) this.server.complain('code redeemed twice');
    grant.redeemed = true;
    const client = this.clients.find((known) => known.clientSecret === value('client_secret'));
    if (client?.clientId !== value('client_id'))
      this.server.complain('token request with a wrong client_secret');
    if (value('redirect_uri') !== grant.redirectUri)
      this.server.complain('token request with another redirect_uri');
    const fault = pkceFault(grant.challenge, form.get('code_verifier'));
    if (fault !== null) this.server.complain(fault);
    const resource = this.options.resourceUrl === undefined ? `${this.site}/services/${SOID}` : '';
    return jsonResponse(200, {
      access_token: this.issueToken(),
      refresh_token: randomBytes(16).toString('hex'),
      expires_in: 3600,
      ...(this.options.resourceUrl === 'absent' ? {} : { resource_url: resource }),
      soid: SOID,
    });
  }
}

function readBasic(field: string | undefined): Record<string, string> | null {
  if (!field?.startsWith('Basic ')) return null;
  const [id = '', secret = ''] = Buffer.from(field.slice(6), 'base64').toString().split(':');
  return { client_id: decodeURIComponent(id), client_secret: decodeURIComponent(secret) };
}
