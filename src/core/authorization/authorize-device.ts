// Steps 2 and 3 where this machine has no browser: the person types a code into a page on another device (RFC 8628).
import { setTimeout as sleep } from 'node:timers/promises';
import { BimServiceError } from '../../errors.js';
import { readTokenResponse, type TokenResponse } from '../../protocol/oauth/token.js';
import { checkEndpoint } from '../../protocol/repository/addresses.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { AccessToken, Registration } from '../ports/credentials.js';
import type { SmallResponse } from '../ports/http.js';
import type { AuthorizeInput } from './authorize.js';
import { findMetadata } from './find-metadata.js';
import type { TokenPorts } from './obtain-token.js';
import { endpointsOf, type RegisterPorts, readGood, register } from './register.js';

export type DevicePorts = RegisterPorts & TokenPorts;

/** RFC 8628 3.5: what every `slow_down` adds, and the pause where the server names none. */
const STEP_MS = 5000;

/**
 * Has the person consent on another device and stores the token. Throws `service-refused` where the server does not
 * offer it, `access-denied`, `consent-timeout`, and the errors of registration and network.
 */
export async function authorizeDevice(
  input: AuthorizeInput,
  ports: DevicePorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { service } = input;
  const deviceUrl = (await findMetadata(service, ports.http, signal))?.deviceUrl ?? null;
  if (deviceUrl === null) {
    throw new BimServiceError('service-refused', `the OAuth server of ${service.id} offers no --device`, {
      service: service.id,
      phase: 'authorize',
      hint: `Over SSH: bimservice authorize ${service.id} --no-browser --paste`,
    });
  }
  const stored = await readGood(endpointsOf(service), ports);
  if (stored !== null) {
    const token = await consent(input, stored, deviceUrl, ports, signal);
    if (token !== null) return token;
    ports.reporter.debug('the registration does not cover this grant: registering again');
  }
  // The redirect address is of no use to this grant; the next login in a browser listens on it.
  const { registration } = await register({ ...input, force: true }, ports, signal, { device: true });
  const token = await consent(input, registration, deviceUrl, ports, signal);
  if (token !== null) return token;
  throw denied(service, 'unauthorized_client');
}

/** Null where the server refuses the client: then another registration may do. */
async function consent(
  input: AuthorizeInput,
  registration: Registration,
  deviceUrl: string,
  ports: DevicePorts,
  signal: AbortSignal,
): Promise<AccessToken | null> {
  const { service } = input;
  const library = new Library(await import('oauth4webapi'), service, registration, deviceUrl, ports, signal);
  const device = await library.askForCode();
  if (device === null) return null;
  showCode(device, ports);
  const deadline = ports.clock.monotonic() + Math.min(device.expires_in * 1000, input.waitMs);
  let pauseMs = (device.interval ?? STEP_MS / 1000) * 1000;
  for (;;) {
    if (ports.clock.monotonic() + pauseMs > deadline) throw tooLate(service);
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    const answer = await library.poll(device.device_code);
    if (answer === 'unreachable') pauseMs *= 2;
    else if (answer.kind === 'token') {
      for (const note of answer.notes) ports.reporter.debug(note);
      await ports.store.writeToken(service, answer.token);
      return answer.token;
    } else if (answer.oauthError === 'slow_down') pauseMs += STEP_MS;
    else if (answer.oauthError === 'expired_token') throw tooLate(service);
    else if (answer.oauthError === 'access_denied') throw denied(service, 'access_denied');
    else if (answer.oauthError !== 'authorization_pending') throw answer.error;
  }
}

function showCode(
  device: { verification_uri: string; verification_uri_complete?: string; user_code: string },
  { reporter }: DevicePorts,
): void {
  // What a person is sent to has to be a web page (CASES B029); it may be on any host, and on plain http here only.
  const page = checkEndpoint(device.verification_uri, { insecure: false }).href;
  const whole = device.verification_uri_complete;
  const direct =
    whole === undefined ? '' : `\n  (or at once: ${checkEndpoint(whole, { insecure: false }).href})`;
  reporter.instruct(
    `On any device, open this address and type the code:\n\n  ${page}\n  ${cleanText(device.user_code, 40)}${direct}\n`,
  );
}

type OAuthLibrary = typeof import('oauth4webapi');

/** oauth4webapi's device authorization grant over our own HTTP: same proxy, certificates and limits. */
class Library {
  readonly #oauth: OAuthLibrary;
  readonly #service: Service;
  readonly #registration: Registration;
  readonly #deviceUrl: string;
  readonly #ports: DevicePorts;
  readonly #signal: AbortSignal;

  constructor(
    oauth: OAuthLibrary,
    service: Service,
    registration: Registration,
    deviceUrl: string,
    ports: DevicePorts,
    signal: AbortSignal,
  ) {
    this.#oauth = oauth;
    this.#service = service;
    this.#registration = registration;
    this.#deviceUrl = deviceUrl;
    this.#ports = ports;
    this.#signal = signal;
  }

  /** The device authorization seen; null where the server does not let this client ask. */
  async askForCode() {
    const oauth = this.#oauth;
    const { scope } = this.#service;
    const { seen, response } = await this.#sent((options) =>
      oauth.deviceAuthorizationRequest(
        this.#server,
        this.#client,
        this.#proof,
        scope ? { scope } : {},
        options,
      ),
    );
    try {
      return await oauth.processDeviceAuthorizationResponse(this.#server, this.#client, response);
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError) {
        if (error.error === 'unauthorized_client' || error.error === 'invalid_client') return null;
        throw denied(this.#service, cleanText(error.error, 60));
      }
      throw this.#nonsense(seen, error);
    }
  }

  /** The answer of the token endpoint. A network that fails now may be there again in a while (RFC 8628 3.5). */
  async poll(deviceCode: string): Promise<TokenResponse | 'unreachable'> {
    try {
      const { seen } = await this.#sent((options) =>
        this.#oauth.deviceCodeGrantRequest(this.#server, this.#client, this.#proof, deviceCode, options),
      );
      const { tokenUrl } = endpointsOf(this.#service);
      return readTokenResponse(seen, {
        url: tokenUrl,
        now: this.#ports.clock.now(),
        previousRefreshToken: null,
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof BimServiceError && error.code === 'unreachable') return 'unreachable';
      throw error;
    }
  }

  get #server() {
    const { authorizationUrl, tokenUrl } = endpointsOf(this.#service);
    const issuer = this.#service.server?.issuer ?? new URL(authorizationUrl).origin;
    return { issuer, token_endpoint: tokenUrl, device_authorization_endpoint: this.#deviceUrl };
  }

  get #client() {
    return { client_id: this.#registration.clientId };
  }

  get #proof() {
    const { clientSecret, tokenAuthMethod } = this.#registration;
    if (clientSecret === null || tokenAuthMethod === 'none') return this.#oauth.None();
    return tokenAuthMethod === 'client_secret_basic'
      ? this.#oauth.ClientSecretBasic(clientSecret.reveal())
      : this.#oauth.ClientSecretPost(clientSecret.reveal());
  }

  async #sent(
    ask: (options: LibraryOptions) => Promise<Response>,
  ): Promise<{ seen: SmallResponse; response: Response }> {
    let seen: SmallResponse | undefined;
    const response = await ask({
      [this.#oauth.allowInsecureRequests]: true,
      [this.#oauth.customFetch]: async (url, { body, headers }) => {
        // The exact type without a charset: there are servers that compare it (CASES B049).
        const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
        seen = await this.#ports.http.request(
          { method: 'POST', url, headers: form, body: String(body) },
          this.#signal,
        );
        return new Response(Buffer.from(seen.body), {
          status: seen.status,
          headers: seen.headers.map(([name, value]): [string, string] => [name, value]),
        });
      },
    });
    if (seen === undefined) throw new Error('oauth4webapi did not ask');
    return { seen: seen, response };
  }

  #nonsense(seen: SmallResponse, cause: unknown): BimServiceError {
    const { host } = new URL(this.#deviceUrl);
    return new BimServiceError(
      seen.status >= 500 ? 'service-failed' : 'service-nonsense',
      `${host} did not answer the device authorization request as RFC 8628 has it (status ${seen.status})`,
      { service: this.#service.id, phase: 'authorize', hint: 'Try again later, or without --device.', cause },
    );
  }
}

/** Addresses have been checked where they came from, so the library need not refuse plain http on this machine. */
type LibraryOptions = NonNullable<Parameters<OAuthLibrary['deviceCodeGrantRequest']>[4]>;

function denied(service: Service, error: string): BimServiceError {
  return new BimServiceError('access-denied', `${service.id} was not authorized (${error})`, {
    service: service.id,
    phase: 'authorize',
    hint: `To try again: bimservice authorize ${service.id} --device`,
  });
}

function tooLate(service: Service): BimServiceError {
  return new BimServiceError('consent-timeout', `nobody typed the code for ${service.id} in time`, {
    service: service.id,
    phase: 'authorize',
    hint: `bimservice authorize ${service.id} --device (--wait 15m for more time, where the server allows it)`,
  });
}
