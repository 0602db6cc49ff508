// Finds the address to post to and the token to use, before a model is opened.

import { BimServiceError } from '../../errors.js';
import type { Dialect } from '../../protocol/dialects/dialect.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import { streamAddress } from '../../protocol/invocation/run-channel.js';
import { checkEndpoint, tooNear } from '../../protocol/repository/addresses.js';
import { mayServe } from '../../protocol/repository/reach.js';
import { isOpen, type Service } from '../../protocol/repository/service.js';
import { isVisibleWord } from '../../protocol/text/headers.js';
import type { Secret } from '../../secret.js';
import {
  type EnvironmentTokenUse,
  notForService,
  type TokenTarget,
} from '../authorization/environment-token.js';
import { freshToken, lifetimeNeeded } from '../authorization/fresh-token.js';
import type { TokenPorts } from '../authorization/obtain-token.js';
import { howToAuthorize, notAuthorized } from '../authorization/stored-token.js';
import type { AccessToken } from '../ports/credentials.js';

export interface AccessInput {
  service: Service & TokenTarget;
  /** BIMSERVICE_TOKEN: where it is for the service, it wins over the store. Null: not set. */
  environmentToken: EnvironmentTokenUse | null;
  insecure: boolean;
}

export interface Access {
  url: string;
  /** Null for an open service. */
  token: Secret | null;
  /** The stored token, or that it is the one of BIMSERVICE_TOKEN; null for an open service. */
  source: AccessToken | 'environment' | null;
  sendAs: 'Authorization' | 'Token';
  dialect: Dialect;
  /** The websocket of the server, when one is known and a token can open it. */
  streamUrl: string | null;
  /** When the token ends, in epoch ms; null when unknown. */
  expiresAt: number | null;
}

/** True when the token is valid until a model of `bytes` is sent. */
export function lastsFor(
  { expiresAt }: Pick<Access, 'expiresAt'>,
  bytes: number | null,
  now: number,
): boolean {
  return expiresAt === null || expiresAt > now + lifetimeNeeded(bytes);
}

/**
 * The address, and a token that is valid until a model of `bytes` is sent (null: unknown size). Throws `not-authorized`,
 * `token-expired` and the errors of a refresh.
 */
export async function accessTo(
  { service, environmentToken, insecure }: AccessInput,
  bytes: number | null,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<Access> {
  if (environmentToken?.kind === 'used')
    return accessWith(service, environmentToken.token, 'environment', service.resourceUrl);
  const withoutToken = () => accessWith(service, null, null, service.resourceUrl);
  if (isOpen(service)) return withoutToken();
  const stored = await ports.store.readToken(service);
  // Only the service knows whether it needs one.
  if (stored === null && service.form === 'address') return withoutToken();
  if (stored === null)
    throw environmentToken === null ? notAuthorized(service) : notForService(service, environmentToken.why);
  if (!isToken(stored.accessToken)) {
    throw new BimServiceError(
      'store-damaged',
      `the stored token of ${service.id} has characters that a header cannot carry`,
      { hint: `Replace it: ${howToAuthorize(service)}` },
    );
  }
  const token = await freshToken(service, stored, lifetimeNeeded(bytes), ports, signal);
  return accessByStored({ service, insecure }, token, ports);
}

/** RFC 6750 2.1 allows fewer characters; these are the ones that a header field can carry. */
function isToken(token: Secret): boolean {
  return isVisibleWord(token.reveal());
}

/** The same with a stored token that is fresh. */
export function accessByStored(
  { service, insecure }: Pick<AccessInput, 'service' | 'insecure'>,
  token: AccessToken,
  ports: TokenPorts,
): Access {
  return accessWith(service, token.accessToken, token, addressOf(service, token, insecure, ports));
}

function accessWith(service: Service, token: Secret | null, source: Access['source'], url: string): Access {
  const stored = source === 'environment' ? null : source;
  const dialect = dialectOf({ resourceUrl: url });
  const { capabilities } = service;
  return {
    url,
    token,
    source,
    sendAs: stored?.sendAs ?? 'Authorization',
    dialect,
    streamUrl: token === null ? null : streamAddress(dialect, url, stored?.websocketUrl, capabilities),
    expiresAt: stored?.expiresAt ?? null,
  };
}

/** The address for the token: the one that came with it, otherwise the one in the repository (PROTOCOL 1.4). */
function addressOf(service: Service, token: AccessToken, insecure: boolean, ports: TokenPorts): string {
  if (token.resourceUrl === null) return service.resourceUrl;
  const url = checkEndpoint(token.resourceUrl, { insecure });
  if (!mayServe(service, url)) throw tooNear(token.resourceUrl, 'server');
  if (url.origin !== new URL(service.resourceUrl).origin) {
    ports.reporter.warn(
      `the token of ${service.id} belongs to ${url.host}, not to ${new URL(service.resourceUrl).host}; posting there`,
    );
  }
  return token.resourceUrl;
}
