// Steps 1 to 3 at a BIMserver with a user's name and password, without a browser (PROTOCOL 1.8).

import { BimServiceError } from '../../errors.js';
import {
  type ApiCall,
  apiRequest,
  type Configuration,
  oidOf,
  readApiResponse,
  readConfigurations,
} from '../../protocol/dialects/bimserver-api.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { isVisibleWord } from '../../protocol/text/headers.js';
import { Secret } from '../../secret.js';
import type { AccessToken } from '../ports/credentials.js';
import { keepNewToken } from './keep-new-token.js';
import { type ClientOptions, type RegisterPorts, register } from './register.js';

export interface AuthorizeUserInput {
  service: Service;
  client: ClientOptions;
  port: number | null;
  user: string;
  /** Name or oid of the user's configuration of the service; null when there is only one, or when a person can select. */
  configuration: string | null;
}

export interface AuthorizeUserPorts extends RegisterPorts {
  askPassword: () => Promise<Secret>;
  /** Null: there is no person to select. */
  choose: ((names: string[]) => Promise<number>) | null;
}

/**
 * Logs in, finds the user's configuration of the service, and requests a code, which is also the token. The password is
 * used once and not stored. Throws `access-denied`, `usage` when a selection is missing, `service-nonsense`, and the
 * errors of registration and network.
 */
export async function authorizeUser(
  input: AuthorizeUserInput,
  ports: AuthorizeUserPorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { service, user } = input;
  const dialect = dialectOf(service);
  const { userLogin } = dialect;
  if (userLogin === null) {
    throw new BimServiceError('usage', `${service.id} is not at a BIMserver: --user cannot be used there`, {
      service: service.id,
      hint: `bimservice authorize ${service.id}`,
    });
  }
  const api = new Api(userLogin.apiAddress(service.resourceUrl), service, ports, signal);
  const password = await ports.askPassword();
  const session = await api.login(user, password);
  const configuration = await selectConfiguration(await api.configurations(session), input, ports);
  const { clientId, oid } = await knownClient(api, session, input, ports, signal);
  const accessToken = await api.authorize(session, oid, configuration.oid);
  const resourceUrl = userLogin.runAddress(service.resourceUrl, configuration.oid);
  const websocketUrl = dialect.streamAddress(resourceUrl);
  const addresses = { resourceUrl, ...(websocketUrl === null ? {} : { websocketUrl }) };
  return keepNewToken(service, { accessToken, clientId, ...addresses }, 'fail', ports);
}

/** Our registration, with the server's own id for it. */
async function knownClient(
  api: Api,
  session: Secret,
  { service, client, port }: AuthorizeUserInput,
  ports: AuthorizeUserPorts,
  signal: AbortSignal,
): Promise<{ clientId: string; oid: string }> {
  const found = async (force: boolean) => {
    const { registration, isNew } = await register({ service, client, port, force }, ports, signal);
    const { clientId } = registration;
    return { clientId, isNew, oid: await api.oAuthServer(session, clientId) };
  };
  let { clientId, isNew, oid } = await found(false);
  if (oid === null && !isNew) {
    ports.reporter.warn('the server no longer knows this installation: registering again');
    ({ clientId, oid } = await found(true));
  }
  if (oid === null) throw api.refused('it does not find the registration that it has just made');
  return { clientId, oid };
}

async function selectConfiguration(
  found: Configuration[],
  { service, user, configuration }: AuthorizeUserInput,
  { choose }: AuthorizeUserPorts,
): Promise<Configuration> {
  const about = { service: service.id, phase: 'authorize' } as const;
  const [only, ...others] = found;
  if (only === undefined) {
    throw new BimServiceError(
      'access-denied',
      `${cleanText(user, 60)} has no configuration of ${service.id} at the server`,
      {
        ...about,
        hint: `Create one in the server's web pages, or authorize there: bimservice authorize ${service.id}`,
      },
    );
  }
  const names = found.map(({ name, oid }) => `${cleanText(name, 80)} (${oid})`);
  if (configuration !== null) {
    const named = found.filter(({ name, oid }) => name === configuration || oid === configuration);
    if (named[0] !== undefined && named.length === 1) return named[0];
    const message = `"${cleanText(configuration, 80)}" matches ${named.length === 0 ? 'none' : 'several'} of the configurations`;
    throw new BimServiceError('usage', message, { ...about, hint: `There are: ${names.join(', ')}` });
  }
  if (others.length === 0) return only;
  const choice = choose === null ? undefined : found[await choose(names)];
  if (choice !== undefined) return choice;
  throw new BimServiceError('input-needed', `${service.id} has ${found.length} configurations`, {
    ...about,
    hint: `Name one with --configuration: ${names.join(', ')}`,
  });
}

/** The calls of PROTOCOL 1.8, in their order. */
class Api {
  readonly #url: string;
  readonly #service: Service;
  readonly #ports: AuthorizeUserPorts;
  readonly #signal: AbortSignal;

  constructor(url: string, service: Service, ports: AuthorizeUserPorts, signal: AbortSignal) {
    this.#url = url;
    this.#service = service;
    this.#ports = ports;
    this.#signal = signal;
  }

  async login(username: string, password: Secret): Promise<Secret> {
    const parameters = { username, password: password.reveal() };
    const value = await this.#result({ interface: 'AuthInterface', method: 'login', parameters }, null);
    if (typeof value === 'string' && value !== '') return new Secret(value);
    throw this.refused('its login returned no session');
  }

  async configurations(session: Secret): Promise<Configuration[]> {
    const parameters = { name: this.#service.name, onlyEnabled: true };
    const method = 'getAllInternalServicesOfService';
    return readConfigurations(
      await this.#result({ interface: 'PluginInterface', method, parameters }, session),
    );
  }

  /** The server's own id for our registration; null when it has none. */
  async oAuthServer(session: Secret, clientId: string): Promise<string | null> {
    const call = { method: 'getOAuthServerByClientId', parameters: { clientId } };
    const response = await this.#ask({ interface: 'OAuthInterface', ...call }, session);
    return response.kind === 'result' ? oidOf(response.value) : null;
  }

  /** The code, which is also a token. */
  async authorize(session: Secret, oAuthServerOid: string, serviceId: string): Promise<Secret> {
    const parameters = {
      oAuthServerOid: Number(oAuthServerOid),
      authorization: { __type: 'SRunServiceAuthorization', serviceId: Number(serviceId) },
    };
    const value = await this.#result(
      { interface: 'OAuthInterface', method: 'authorize', parameters },
      session,
    );
    if (typeof value === 'string' && isVisibleWord(value)) return new Secret(value);
    throw this.refused('it issued no code');
  }

  refused(why: string): BimServiceError {
    return new BimServiceError('access-denied', `${this.#service.id} was not authorized: ${why}`, {
      service: this.#service.id,
      phase: 'authorize',
      hint: `In a browser: bimservice authorize ${this.#service.id}`,
    });
  }

  async #result(call: ApiCall, session: Secret | null): Promise<unknown> {
    const response = await this.#ask(call, session);
    if (response.kind === 'result') return response.value;
    throw this.refused(response.message);
  }

  async #ask(call: ApiCall, session: Secret | null) {
    this.#ports.reporter.debug(`${call.interface}.${call.method}`);
    const response = await this.#ports.http.request(apiRequest(this.#url, call, session), this.#signal);
    return readApiResponse(response, this.#url);
  }
}
