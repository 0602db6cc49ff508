// Step 3 for a caller of its own: the token of a service, fresh; and the ways to store one.

import { freshToken, refreshAccessToken } from '../../core/authorization/fresh-token.js';
import { completeToken, keepToken } from '../../core/authorization/keep-token.js';
import { obtainToken } from '../../core/authorization/obtain-token.js';
import { endpointsOf, refuseOpen } from '../../core/authorization/register.js';
import { storedToken } from '../../core/authorization/stored-token.js';
import type { AccessToken } from '../../core/ports/credentials.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { BimServiceError } from '../../errors.js';
import { readPasted } from '../../protocol/oauth/authorization.js';
import { ABOUT_TOKENS, pastedToken } from '../../protocol/oauth/pasted-token.js';
import { Client } from '../client/client.js';
import { withAddresses } from '../services/load-services.js';
import { authorizationPorts } from './authorization-ports.js';
import { type Agree, confirmHosts } from './confirm-hosts.js';

export interface TokenOptions {
  /** True: refreshes it now. Otherwise that is done only when it has ended or is about to end. */
  refresh?: boolean;
  /** Ends it with the error `interrupted`. */
  signal?: AbortSignal;
}

/**
 * The token of `service`: the given one, or the stored one, refreshed when needed. The text of its secret: `accessToken.reveal()`.
 * Throws BimServiceErrors `usage` for an open service, `not-authorized`, `token-expired`, `token-refused`, and those of
 * network and store.
 */
export async function token(
  client: Client,
  service: ListedService,
  options: TokenOptions = {},
): Promise<AccessToken> {
  using ports = Client.call(client, options.signal);
  refuseOpen(service);
  const given = ports.givenToken(service);
  if (given?.kind === 'used' && !options.refresh)
    return completeToken(service, { accessToken: given.token }, ports.clock);
  const complete = await withAddresses(ports, service, 'revalidate');
  const stored = await storedToken(complete, ports);
  const adapters = await authorizationPorts(ports);
  return options.refresh
    ? await refreshAccessToken(complete, stored, adapters, ports.signal)
    : await freshToken(complete, stored, 0, adapters, ports.signal);
}

/**
 * Stores `text` as the token of `service`: one that its operator has given. Throws BimServiceErrors `usage` for a text
 * without a token and for an open service, and those of the store.
 */
export async function storeToken(client: Client, service: ListedService, text: string): Promise<AccessToken> {
  using ports = Client.call(client, undefined);
  // Nothing would ever send it.
  refuseOpen(service);
  const accessToken = pastedToken(text);
  if (accessToken === null)
    throw new BimServiceError('usage', 'the text holds no token', { hint: ABOUT_TOKENS });
  return await keepToken(service, { accessToken }, ports);
}

export interface ExchangeOptions {
  /** As in `authorize`. */
  agree?: Agree;
  /** Ends it with the error `interrupted`. */
  signal?: AbortSignal;
}

/**
 * Exchanges a code that a person got by hand, or the final address of a browser that holds one, for a token, and stores
 * it. Throws BimServiceErrors `usage` for a text without a code, `not-registered`, `token-refused`, and those of network
 * and store.
 */
export async function exchangeCode(
  client: Client,
  service: ListedService,
  text: string | (() => Promise<string>),
  options: ExchangeOptions = {},
): Promise<AccessToken> {
  using ports = Client.call(client, options.signal);
  const complete = await withAddresses(ports, service, 'revalidate');
  refuseOpen(complete);
  await confirmHosts(complete, options.agree);
  const pasted = readPasted(typeof text === 'string' ? text : await text(), '');
  const adapters = await authorizationPorts(ports);
  if (pasted.kind === 'token') {
    const { token: accessToken, resourceUrl } = pasted;
    return await keepToken(complete, { accessToken, resourceUrl }, adapters);
  }
  if (pasted.kind !== 'code') throw new BimServiceError('usage', 'the text holds no authorization code');
  const registration = await ports.store.readRegistration(endpointsOf(complete));
  if (registration === null)
    throw new BimServiceError('not-registered', `${complete.id} is not registered yet`, {
      service: complete.id,
      hint: `bimservice register ${complete.id}`,
    });
  // A code that a person obtained by hand was requested without our verifier (PROTOCOL 1.3, SHOW_CODE).
  const { redirectUri } = registration;
  const grant = { type: 'authorization_code', code: pasted.code, redirectUri, codeVerifier: null } as const;
  const reported = { resourceUrl: pasted.resourceUrl };
  const result = await obtainToken(complete, registration, { grant, reported }, adapters, ports.signal);
  if (result.kind === 'refused') throw result.error;
  return result.token;
}
