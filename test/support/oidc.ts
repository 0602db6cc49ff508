// `oidc-provider`, an authorization server from another project, in front of a small resource of this project.

import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import Provider from 'oidc-provider';
import { originOf } from './strict-server.js';

const SCOPE = 'check';
const TTL_S = 600;

/** A model that the resource answered with a result. */
export interface CheckedModel {
  clientId: string | undefined;
  bytes: number;
  sha256: string;
  inputType: string | undefined;
}

export interface OidcOptions {
  /** `issuer`: the list names only the issuer and a scope; the addresses are in its metadata. */
  entry?: 'addresses' | 'issuer';
  /** The scope in an entry with addresses. */
  scope?: string;
  /** An issuer that differs from the server's own. */
  issuer?: string;
}

/**
 * One origin: `/servicelist` (nested form), `/reg`, `/auth`, `/token` of oidc-provider, `/services/check`.
 * Registration follows RFC 7591 and is open. PKCE S256 is required. Redirect addresses are compared exactly (without this
 * setting oidc-provider lets native clients change the port, RFC 8252 7.3). A request without scope gets `check`
 * (RFC 6749 3.3), because oidc-provider denies a request that has no scope in the end.
 */
export class OidcService implements AsyncDisposable {
  /** What oidc-provider reports, in order, for example `registration_create.error invalid_redirect_uri`. */
  readonly events: string[] = [];
  readonly checked: CheckedModel[] = [];
  readonly #server: Server;
  readonly #provider: Provider;

  readonly #options: OidcOptions;

  private constructor(server: Server, options: OidcOptions) {
    this.#server = server;
    this.#options = options;
    this.#provider = makeProvider(this.origin, options.entry === 'issuer');
    for (const event of ['registration_create', 'authorization', 'grant']) {
      this.#provider.on(`${event}.success`, () => this.events.push(`${event}.success`));
      this.#provider.on(`${event}.error`, (_, error) =>
        this.events.push(`${event}.error ${errorName(error)}`),
      );
    }
    const authorizationServer = this.#provider.callback();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const path = new URL(request.url ?? '', this.origin).pathname;
      const answered =
        path === '/servicelist'
          ? this.#list(response)
          : path === '/services/check'
            ? this.#check(request, response)
            : path.startsWith('/interaction/')
              ? this.#interact(request, response)
              : authorizationServer(request, response);
      answered.catch((error: unknown) => {
        this.events.push(`fault ${String(error)}`);
        response.destroy();
      });
    });
  }

  static async start(options: OidcOptions = {}): Promise<OidcService> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OidcService(server, options);
  }

  get origin(): string {
    return originOf(this.#server);
  }

  get listUrl(): string {
    return `${this.origin}/servicelist`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #list(response: ServerResponse): Promise<void> {
    const { origin } = this;
    const service = {
      id: 'check',
      name: 'Check behind OpenID',
      description: 'Returns the length and the hash of the model',
      provider: 'oidc-provider',
      inputs: ['IFC_STEP_2X3TC1', 'IFC_STEP_4'],
      outputs: ['VALIDATION_JSON_1_0'],
      ...(this.#options.entry === 'issuer'
        ? { issuer: this.#options.issuer ?? origin, scope: `openid ${SCOPE} offline_access` }
        : {
            oauth: {
              authorizationUrl: `${origin}/auth`,
              registerUrl: `${origin}/reg`,
              tokenUrl: `${origin}/token`,
            },
            ...(this.#options.scope === undefined ? {} : { scope: this.#options.scope }),
          }),
      resourceUrl: `${origin}/services/check`,
    };
    answerJson(response, 200, { services: [service] });
  }

  /** The resource: RFC 6750 first, then the hash of the body. */
  async #check(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const value = /^Bearer ([\w.~+/-]+=*)$/.exec(request.headers.authorization ?? '')?.[1];
    if (request.method !== 'POST') return answerJson(response, 405, { error: 'method_not_allowed' });
    const token = value === undefined ? undefined : await this.#provider.AccessToken.find(value);
    if (!token?.isValid || !token.scope?.split(' ').includes(SCOPE)) {
      response.setHeader('WWW-Authenticate', value === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
      return answerJson(response, 401, { error: 'invalid_token' });
    }
    const sha256 = createHash('sha256').update(body).digest('hex');
    const inputType = request.headers['input-type']?.toString();
    this.checked.push({ clientId: token.clientId, bytes: body.length, sha256, inputType });
    response.setHeader('Content-Disposition', 'attachment; filename="check.json"');
    response.setHeader('Output-Type', 'VALIDATION_JSON_1_0');
    answerJson(response, 200, { bytes: body.length, sha256 });
  }

  /** The pages in between: a login form, then a form with two buttons, `allow` and `deny`. */
  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session, grantId } = await this.#provider.interactionDetails(request, response);
    if (request.method === 'GET') {
      const fields =
        prompt.name === 'login'
          ? '<input name="login" required><button>Log in</button>'
          : '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>';
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      return void response.end(
        `<!DOCTYPE html><title>${prompt.name}</title><form method="post" action="${request.url}">${fields}</form>`,
      );
    }
    const form = new URLSearchParams(await text(request));
    const finish = (result: Record<string, unknown>, mergeWithLastSubmission: boolean) =>
      this.#provider.interactionFinished(request, response, result, { mergeWithLastSubmission });
    if (prompt.name === 'login') return finish({ login: { accountId: form.get('login') ?? '' } }, false);
    if (form.get('decision') !== 'allow') {
      return finish({ error: 'access_denied', error_description: 'The person said no' }, false);
    }
    if (grantId !== undefined) return finish({ consent: { grantId } }, true);
    const grant = new this.#provider.Grant({
      accountId: session?.accountId ?? '',
      clientId: params.client_id,
    });
    grant.addOIDCScope(prompt.details.missingOIDCScope?.join(' ') ?? '');
    return finish({ consent: { grantId: await grant.save() } }, true);
  }
}

/** `refreshes`: it supports refresh tokens, and so accepts clients that name them. */
function makeProvider(issuer: string, refreshes: boolean): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    scopes: ['openid', SCOPE, ...(refreshes ? ['offline_access'] : [])],
    pkce: { required: () => true },
    features: {
      revocation: { enabled: true },
      devInteractions: { enabled: false },
      registration: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context: { body: string }, form: string) => {
          context.body = form.replace('</form>', '<button>Go on</button></form>');
        },
        userCodeConfirmSource: (context: { body: string }, form: string) => {
          context.body = form.replace('</form>', '<button>That is my code</button></form>');
        },
        successSource: (context: { body: string }) => {
          context.body = 'The device may go on';
        },
      },
    },
    interactions: { url: (_: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: TTL_S, AuthorizationCode: 60, Grant: TTL_S, Interaction: TTL_S, Session: TTL_S },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['only for tests'] },
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    renderError: (context: { type: string; body: string }, out: { error: string }) => {
      context.type = 'text/plain';
      context.body = out.error;
    },
  });
  provider.Client.prototype.redirectUriAllowed = function allowed(value) {
    return this.redirectUris.includes(value);
  };
  provider.use(async (context, next) => {
    if (context.path === '/auth' && context.query.scope === undefined) {
      context.query = { ...context.query, scope: SCOPE };
    }
    await next();
  });
  return provider;
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.writeHead(status).end(body);
}

function errorName(error: unknown): string {
  return typeof error === 'object' && error !== null && 'error' in error
    ? String(error.error)
    : String(error);
}
