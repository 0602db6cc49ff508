// Whether an answer comes from the server that was asked (RFC 9207).
import { BimServiceError } from '../../errors.js';
import type { PastedResponse } from '../../protocol/oauth/authorization.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { endpointsOf } from './register.js';

/**
 * An answer that names another server than the one that was asked is a mix-up: its code belongs to somebody else's
 * login (RFC 9207 2.4, CASES B064). Where nobody told the issuer, the origin of the consent page stands for it.
 */
export function checkIssuer(answer: PastedResponse, service: Service): void {
  if (!('issuer' in answer)) return;
  const { authorizationUrl } = endpointsOf(service);
  const { discovery, server } = service;
  const issuer = server?.issuer ?? (discovery?.kind === 'issuer' ? discovery.url : null);
  // A code that was pasted by itself came without the rest of its answer.
  const isWhole = answer.kind !== 'code' || answer.isWhole;
  if (answer.issuer === null) {
    if (!server?.sendsIssuer || !isWhole) return;
    throw mixUp(service, 'does not say which server it comes from, as this one does');
  }
  const isRight =
    issuer === null
      ? URL.canParse(answer.issuer) && new URL(answer.issuer).origin === new URL(authorizationUrl).origin
      : answer.issuer === issuer;
  if (isRight) return;
  const expected = issuer ?? new URL(authorizationUrl).origin;
  throw mixUp(service, `says that it comes from ${cleanText(answer.issuer, 80)}, not from ${expected}`);
}

function mixUp(service: Service, why: string): BimServiceError {
  return new BimServiceError('access-denied', `the answer for ${service.id} ${why}`, {
    service: service.id,
    phase: 'authorize',
    hint: `Nothing was stored. Look at its addresses before you try again: bimservice list ${service.id}`,
  });
}
