// Step 1: registers this installation at a server, once, and stores the response (PROTOCOL 1.2).
import { createHash } from 'node:crypto';
import { BimServiceError } from '../../errors.js';
import {
  type ClientDescription,
  type RegisteredClient,
  type RegistrationForm,
  readRegistrationResponse,
  registrationRequest,
} from '../../protocol/oauth/registration.js';
import { isOpen, type OAuthEndpoints, type Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { ConfigFile } from '../ports/config.js';
import type { CredentialStore, Registration } from '../ports/credentials.js';
import type { HttpClient } from '../ports/http.js';
import type { OpenListener } from '../ports/login.js';
import type { Clock, Random } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';

export interface RegisterPorts {
  http: HttpClient;
  store: CredentialStore;
  config: ConfigFile;
  clock: Clock;
  random: Random;
  reporter: Reporter;
  openListener: OpenListener;
}

/** What a person can set about this installation; absent members have defaults. */
export interface ClientOptions {
  name?: string;
  description?: string;
  url?: string;
  icon?: string;
}

export interface RegisterInput {
  service: Service;
  client: ClientOptions;
  /** The port of the redirect address; null: any free port. */
  port: number | null;
  /** True: registers even when a valid registration is stored. */
  force: boolean;
  needs?: ClientNeeds;
}

/** What a login needs of the registration besides the default. */
export interface ClientNeeds {
  /** The device authorization grant (RFC 8628). */
  device?: boolean;
}

/** A registration to make. */
export interface NewRegistration {
  service: Service;
  client: ClientOptions;
  /** The exact address of the login's listener. */
  redirectUri: string;
  needs?: ClientNeeds;
}

/**
 * The stored registration of the service's server, or a new one.
 * Throws BimServiceErrors of the network, of a refusing server, `port-busy` and `store-not-writable`.
 */
export async function register(
  input: RegisterInput,
  ports: RegisterPorts,
  signal: AbortSignal,
): Promise<{ registration: Registration; isNew: boolean }> {
  const endpoints = endpointsOf(input.service);
  // Held during the request: of many first runs at once, one registers and the others find the stored registration.
  await using _ = await ports.store.lockRegistration(endpoints, signal);
  const stored = input.force ? [] : await goodRegistrations(endpoints, ports);
  const fitting = stored.find(({ redirectUri }) => input.port === null || portOf(redirectUri) === input.port);
  if (fitting !== undefined) return { registration: fitting, isNew: false };
  // Only binding shows that a port is free; the login binds it again.
  const listener = await ports.openListener({
    port: input.port ?? 0,
    path: callbackPath(endpoints),
    service: input.service.id,
    onStray: () => {},
  });
  const { redirectUri } = listener;
  await listener[Symbol.asyncDispose]();
  return { registration: await registerAt({ ...input, redirectUri }, ports, signal), isNew: true };
}

/** Registers with exactly this redirect address, and stores the response instead of an older one. */
export async function registerAt(
  { service, client: options, redirectUri, needs = {} }: NewRegistration,
  ports: RegisterPorts,
  signal: AbortSignal,
): Promise<Registration> {
  const registration = await requestRegistration(
    { service, client: options, redirectUri, needs },
    ports,
    signal,
  );
  if (registration.expiresAt !== null && registration.expiresAt <= ports.clock.now()) {
    ports.reporter.warn('the server says that the new registration has already ended; continuing with it');
  }
  await ports.store.writeRegistration(endpointsOf(service), registration);
  return registration;
}

/** The server's response to a registration with exactly this redirect address; nothing is stored. */
export async function requestRegistration(
  { service, client: options, redirectUri, needs = {} }: NewRegistration,
  ports: RegisterPorts,
  signal: AbortSignal,
): Promise<Registration> {
  const endpoints = endpointsOf(service);
  const { server } = service;
  if (server?.registers === false) throw noRegistration(service);
  const described = { ...(await describeClient(options, ports, signal)), redirectUri };
  const authMethods = server?.authMethods ?? null;
  const client = { ...described, ...needs, ...(authMethods === null ? {} : { authMethods }) };
  // A server with published metadata gets the standard form; OpenCDE uses the original form.
  const form = service.discovery?.kind === 'issuer' || needs.device ? 'rfc7591' : 'original';
  const registered = await sendRegistration({ url: endpoints.registerUrl, client, form }, ports, signal);
  return { ...registered, clientName: client.name, redirectUri };
}

function noRegistration(service: Service): BimServiceError {
  return new BimServiceError(
    'not-registered',
    `the OAuth server of ${service.id} does not let clients register themselves`,
    {
      service: service.id,
      phase: 'register',
      hint: `Get a token from its operator, and store it: bimservice token ${service.id} --set -`,
    },
  );
}

/**
 * The stored registrations that can still be used (not ended, not doubtful), the current one first. Empty when the
 * current one cannot be used: the server has then probably forgotten the earlier ones too.
 */
export async function goodRegistrations(
  endpoints: OAuthEndpoints,
  ports: RegisterPorts,
): Promise<Registration[]> {
  const isGood = ({ doubtful, expiresAt }: Registration) =>
    !doubtful && (expiresAt === null || expiresAt > ports.clock.now());
  try {
    const stored = await ports.store.readRegistrations(endpoints);
    return stored[0] !== undefined && isGood(stored[0]) ? stored.filter(isGood) : [];
  } catch (error) {
    if (!(error instanceof BimServiceError) || error.code !== 'store-damaged') throw error;
    ports.reporter.warn(error.message);
    return [];
  }
}

/** The OAuth addresses of a service. An open service has none and needs none; of a typed address they are not known. */
export function endpointsOf(service: Service): OAuthEndpoints {
  if (service.oauth) return service.oauth;
  refuseOpen(service);
  const words = `the addresses for registration and consent of ${service.id} are not known: no list that is in use has it`;
  throw new BimServiceError('not-registered', words, {
    service: service.id,
    hint: [
      'Add the list of its provider: bimservice repository add URL',
      'Or name the list for this command: --repository URL|FILE',
      `Or store a token from its operator: bimservice token ${service.id} --set -`,
    ].join('\n'),
  });
}

/** Throws `usage` for a service that takes models without a token. */
export function refuseOpen(service: Service): void {
  if (!isOpen(service)) return;
  const words = `${service.id} is an open service: it accepts models without registration and token`;
  throw new BimServiceError('usage', words, {
    service: service.id,
    hint: `bimservice invoke ${service.id} MODEL`,
  });
}

/** A different path for each server, so that a response for one server cannot reach the login at another (CASES B064). */
export function callbackPath(endpoints: OAuthEndpoints): string {
  const addresses = JSON.stringify([endpoints.registerUrl, endpoints.authorizationUrl, endpoints.tokenUrl]);
  return `/callback/${createHash('sha256').update(addresses).digest('hex').slice(0, 8)}`;
}

export function portOf(redirectUri: string): number {
  return Number(new URL(redirectUri).port);
}

/** Sends the registration, and again in another form when the server asks for it. */
async function sendRegistration(
  { url, client, form }: { url: string; client: ClientDescription; form: RegistrationForm },
  ports: RegisterPorts,
  signal: AbortSignal,
): Promise<RegisteredClient> {
  const response = await ports.http.request(registrationRequest(form, url, client), signal);
  const outcome = readRegistrationResponse(response, { form, url, now: ports.clock.now() });
  if (outcome.kind === 'registered') {
    const { redirectUris } = outcome;
    if (redirectUris.length > 0 && !redirectUris.some((uri) => isSame(uri, client.redirectUri))) {
      const registered = redirectUris.map((uri) => cleanText(uri, 80)).join(', ');
      ports.reporter.warn(
        `the server registered ${registered} as the redirect address, not ${client.redirectUri}: a consent may never come back here`,
      );
    }
    return outcome.client;
  }
  const next = outcome.kind === 'try-rfc7591' ? 'rfc7591' : 'rfc7591-plain';
  ports.reporter.debug(`the server did not accept the ${form} registration; trying ${next}`);
  return sendRegistration({ url, client, form: next }, ports, signal);
}

function isSame(uri: string, ours: string): boolean {
  return URL.canParse(uri) && new URL(uri).href === new URL(ours).href;
}

/** The name is made once and stored, because BIMserver derives the client_id from it (PROTOCOL 1.2). */
async function describeClient(
  options: ClientOptions,
  ports: RegisterPorts,
  signal: AbortSignal,
): Promise<Omit<ClientDescription, 'redirectUri' | 'authMethods' | 'device'>> {
  const config = ports.config.read();
  const name =
    options.name ??
    config.clientName ??
    `bimservice-${Buffer.from(ports.random.token(4), 'base64url').toString('hex')}`;
  if (name !== config.clientName) await ports.config.update((now) => ({ ...now, clientName: name }), signal);
  return {
    name,
    url: options.url ?? 'http://127.0.0.1/',
    description:
      options.description ?? 'bimservice, a command line that sends building models to BIM services',
    icon: options.icon ?? null,
  };
}
