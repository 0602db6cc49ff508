// Checks that a response comes from the server that the consent was requested from (RFC 9207).
import { BimServiceError } from '../../errors.js';
import type { PastedResponse } from '../../protocol/oauth/authorization.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { endpointsOf } from './register.js';

/**
 * A response that names another server is a mix-up: its code belongs to another login (RFC 9207 2.4, CASES B064).
 * When the issuer is unknown, the origin of the consent page is used instead.
 */
export function checkIssuer(response: PastedResponse, service: Service): void {
  if (!('issuer' in response)) return;
  const { authorizationUrl } = endpointsOf(service);
  const { discovery, server } = service;
  const issuer = server?.issuer ?? (discovery?.kind === 'issuer' ? discovery.url : null);
  // A code that was pasted alone came without the rest of its response.
  const isWhole = response.kind !== 'code' || response.isWhole;
  if (response.issuer === null) {
    if (!server?.sendsIssuer || !isWhole) return;
    throw mixUp(service, 'does not say which server it comes from, although this server always does');
  }
  const isRight =
    issuer === null
      ? URL.canParse(response.issuer) && new URL(response.issuer).origin === new URL(authorizationUrl).origin
      : response.issuer === issuer;
  if (isRight) return;
  const expected = issuer ?? new URL(authorizationUrl).origin;
  throw mixUp(service, `says that it comes from ${cleanText(response.issuer, 80)}, not from ${expected}`);
}

function mixUp(service: Service, why: string): BimServiceError {
  return new BimServiceError('access-denied', `the response for ${service.id} ${why}`, {
    service: service.id,
    phase: 'authorize',
    hint: `Nothing was stored. Check its addresses before you try again: bimservice list ${service.id}`,
  });
}
