// Decides which services BIMSERVICE_TOKEN is for. A list can name any address, so not every service of a list gets the token.

import { BimServiceError } from '../../errors.js';
import { ABOUT_TOKENS, pastedToken } from '../../protocol/oauth/pasted-token.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import { isOpen, type Service } from '../../protocol/repository/service.js';
import { trimEndOf } from '../../protocol/text/cut.js';
import { unwrapped } from '../../protocol/text/unwrap.js';
import type { Secret } from '../../secret.js';

export interface EnvironmentToken {
  token: Secret;
  /** BIMSERVICE_TOKEN_FOR, an origin or a resource address; null when it is not set. */
  boundTo: URL | null;
}

/** What must be known about a service. `isNamed`: the operator named its list. */
export type TokenTarget = Pick<Service, 'id' | 'oauth' | 'discovery' | 'form' | 'resourceUrl'> & {
  isNamed: boolean;
};

/** `why` is the rest of a sentence. */
export type EnvironmentTokenUse =
  | { kind: 'used'; token: Secret; isBound: boolean }
  | { kind: 'unused'; why: string };

/** The token and what it is bound to. Throws `usage` for unusable values. */
export function readEnvironmentToken(
  value: string | undefined,
  boundTo: string | undefined,
): EnvironmentToken | null {
  if (unwrapped(value ?? '') === '') return null;
  const token = pastedToken(value ?? '');
  if (token === null)
    throw new BimServiceError('usage', 'BIMSERVICE_TOKEN holds no token that a header can carry', {
      hint: ABOUT_TOKENS,
    });
  const address = unwrapped(boundTo ?? '');
  if (address === '') return { token, boundTo: null };
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return { token, boundTo: url };
  throw new BimServiceError('usage', 'BIMSERVICE_TOKEN_FOR is not an http(s) address', {
    hint: 'Name the service that the token is for: an origin such as https://bim.example.org, or a resource address.',
  });
}

/**
 * Decides whether `service` gets the token: an open service never; with BIMSERVICE_TOKEN_FOR only that origin or resource;
 * otherwise only when the operator named the list.
 */
export function environmentTokenFor(
  service: TokenTarget,
  { token, boundTo }: EnvironmentToken,
): EnvironmentTokenUse {
  if (isOpen(service)) return { kind: 'unused', why: `${service.id} is an open service` };
  if (boundTo !== null) {
    return isFor(boundTo, service.resourceUrl)
      ? { kind: 'used', token, isBound: true }
      : { kind: 'unused', why: `BIMSERVICE_TOKEN_FOR names ${showAddress(boundTo.href).replace(/\/$/, '')}` };
  }
  return service.isNamed
    ? { kind: 'used', token, isBound: false }
    : { kind: 'unused', why: 'its list was not named by you' };
}

/** An address below the resource matches too: BIMserver's list has `/services`, and a token is for `/services/<soid>`. */
function isFor(boundTo: URL, resourceUrl: string): boolean {
  const resource = new URL(resourceUrl);
  if (boundTo.origin !== resource.origin) return false;
  const [bound, own] = [pathOf(boundTo), pathOf(resource)];
  return bound === '' || bound === own || bound.startsWith(`${own}/`);
}

function pathOf({ pathname }: URL): string {
  return trimEndOf(pathname, '/');
}

/** The error for a service that has no stored token and does not get this one. */
export function notForService(service: TokenTarget, why: string): BimServiceError {
  const { host, origin } = new URL(service.resourceUrl);
  return new BimServiceError(
    'not-authorized',
    `${service.id} is not authorized yet, and BIMSERVICE_TOKEN is not sent to ${host}: ${why}`,
    {
      service: service.id,
      hint: `If the token is for it: BIMSERVICE_TOKEN_FOR=${origin}. Otherwise: bimservice authorize ${service.id}`,
    },
  );
}

/** The error when this token is refused: a consent does not help, the secret must be replaced in its store. */
export function environmentTokenRefused(serviceId: string, refusal: BimServiceError): BimServiceError {
  const details = {
    service: serviceId,
    hint: 'Replace that secret where it is kept.',
    cause: refusal,
    ...(refusal.phase === undefined ? {} : { phase: refusal.phase }),
    ...(refusal.outcome === undefined ? {} : { outcome: refusal.outcome }),
  };
  return new BimServiceError(
    'token-refused',
    `the token in BIMSERVICE_TOKEN was refused (${refusal.message})`,
    details,
  );
}
