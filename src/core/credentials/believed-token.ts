// What of a token can be believed: a BIMserver reports a wrong end, and a refresh token that works nowhere (PROTOCOL 1.4, 1.12).
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import type { Service } from '../../protocol/repository/service.js';
import type { AccessToken } from '../ports/credentials.js';

/** The token of `service` without what its server is known to report wrongly. */
export function believedToken(service: Service, token: AccessToken): AccessToken {
  return dialectOf(service, token).trustsExpiry ? token : { ...token, expiresAt: null, refreshToken: null };
}
