// A strict OAuth server with rotating refresh tokens: each works once, and a second use revokes all (RFC 9700 4.14).

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** The only client that the server knows. */
export const CLIENT = { id: 'client-1', secret: 'client-secret-1' } as const;

export interface RotatingOptions {
  /** The lifetime of an access token, in seconds. */
  expiresIn: number;
  /** False: a refresh returns no new refresh token, and the old one stays valid (RFC 6749 6). */
  rotates?: boolean;
  /** How long the resource works on a model, in ms. */
  runMs?: number;
  /** How long the token endpoint takes for a refresh, ms. */
  refreshMs?: number;
}

/** One open repository entry, a token endpoint that only refreshes, and a resource that requires the newest token. */
export class RotatingServer implements AsyncDisposable {
  refreshes = 0;
  reuses = 0;
  /** The requests to the token endpoint, also those that wait for a response. */
  asked = 0;
  /** The Bearer tokens that the resource received. */
  readonly seen: string[] = [];
  readonly #server: Server;
  readonly #options: RotatingOptions;
  #refreshToken = RotatingServer.#newToken();
  #accessToken = RotatingServer.#newToken();
  readonly #spent = new Set<string>();

  private constructor(server: Server, options: RotatingOptions) {
    this.#server = server;
    this.#options = options;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => this.#answer(request, Buffer.concat(pieces).toString(), response));
    });
  }

  static async start(options: RotatingOptions): Promise<RotatingServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RotatingServer(server, options);
  }

  get origin(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  get listUrl(): string {
    return `${this.origin}/list.json`;
  }

  /** Ends the access token now, whatever its lifetime; the refresh token stays valid. */
  endAccess(): void {
    this.#accessToken = RotatingServer.#newToken();
  }

  /** Ends the whole grant: neither token works any more. */
  revoke(): void {
    this.#accessToken = RotatingServer.#newToken();
    this.#refreshToken = RotatingServer.#newToken();
  }

  /** The first grant, as a login would return it. */
  get grant(): { accessToken: string; refreshToken: string } {
    return { accessToken: this.#accessToken, refreshToken: this.#refreshToken };
  }

  get entry() {
    const { origin } = this;
    const oauth = {
      registerUrl: `${origin}/reg`,
      authorizationUrl: `${origin}/auth`,
      tokenUrl: `${origin}/token`,
    };
    return { name: 'Rotating', inputs: ['IFC_STEP_4'], outputs: [], resourceUrl: `${origin}/run`, oauth };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ url, headers }: IncomingMessage, body: string, response: ServerResponse): void {
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    if (url === '/list.json') return void json(200, [this.entry]);
    if (url === '/run') {
      const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
      this.seen.push(token);
      const isGood = token === this.#accessToken;
      const respond = () => (isGood ? json(200, { fine: true }) : json(401, { error: 'invalid_token' }));
      return void setTimeout(respond, this.#options.runMs ?? 0);
    }
    this.asked += 1;
    const form = new URLSearchParams(body);
    const given = form.get('refresh_token') ?? '';
    if (url !== '/token' || form.get('grant_type') !== 'refresh_token') return void json(404, {});
    if (headers['content-type'] !== 'application/x-www-form-urlencoded')
      return void json(415, { error: 'invalid_request' });
    const isClient = form.get('client_id') === CLIENT.id && form.get('client_secret') === CLIENT.secret;
    if (!isClient) return void json(401, { error: 'invalid_client' });
    if (this.#spent.has(given)) {
      this.reuses += 1;
      this.#refreshToken = RotatingServer.#newToken();
      this.#accessToken = RotatingServer.#newToken();
    }
    if (given !== this.#refreshToken) return void json(400, { error: 'invalid_grant' });
    this.refreshes += 1;
    this.#accessToken = RotatingServer.#newToken();
    const rotates = this.#options.rotates ?? true;
    if (rotates) {
      this.#spent.add(given);
      this.#refreshToken = RotatingServer.#newToken();
    }
    const respond = (value: unknown) => setTimeout(() => json(200, value), this.#options.refreshMs ?? 0);
    respond({
      access_token: this.#accessToken,
      token_type: 'bearer',
      expires_in: this.#options.expiresIn,
      ...(rotates ? { refresh_token: this.#refreshToken } : {}),
    });
  }

  static #newToken(): string {
    return randomBytes(20).toString('hex');
  }
}
