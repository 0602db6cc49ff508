// The second half of a login: turns the response that came through the browser into a token, or an error.
import { BimServiceError } from '../../errors.js';
import type { PastedResponse } from '../../protocol/oauth/authorization.js';
import type { Service } from '../../protocol/repository/service.js';
import type { Secret } from '../../secret.js';
import type { AccessToken, Registration } from '../ports/credentials.js';
import { checkIssuer } from './check-issuer.js';
import { keepNewToken } from './keep-new-token.js';
import { obtainToken, type TokenPorts } from './obtain-token.js';

/** The values of the request for consent. */
export interface ConsentRequest {
  service: Service;
  registration: Registration;
  /** True when the registration was made for this login. */
  isNew: boolean;
  codeVerifier: Secret;
}

/** The server no longer knows an earlier registration: register again once, never twice (CASES B035). */
export class UnknownClient extends BimServiceError {}

/**
 * The token for `response`, stored. Throws `access-denied` when there is none, `UnknownClient`, and the errors of the
 * token request.
 */
export async function redeem(
  response: PastedResponse,
  { service, registration, isNew, codeVerifier }: ConsentRequest,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  checkIssuer(response, service);
  switch (response.kind) {
    case 'error': {
      const words = response.description ? `${response.error}: ${response.description}` : response.error;
      const again = `To try again: bimservice authorize ${service.id}`;
      throw denied(service, `${service.id} was not authorized (${words})`, again);
    }
    case 'nothing': {
      const again = `To try again: bimservice authorize ${service.id}`;
      const hint = `${again}\nWith --paste, paste the whole final address of the browser, or only the code.`;
      throw denied(service, `the response for ${service.id} has neither a code nor an error`, hint);
    }
    case 'wrong-state': {
      const hint = `Open the address that was just printed: bimservice authorize ${service.id} --paste`;
      throw denied(service, 'the pasted address belongs to another login', hint);
    }
    case 'repeated': {
      const hint = `Nothing was sent. Start again: bimservice authorize ${service.id} --paste`;
      throw denied(service, 'the pasted address has the same parameter more than once', hint);
    }
    case 'token': {
      const { token: accessToken, resourceUrl } = response;
      const given = { accessToken, resourceUrl, clientId: registration.clientId };
      return keepNewToken(service, given, 'fail', ports);
    }
    case 'code': {
      const { code, resourceUrl, websocketUrl } = response;
      const { redirectUri } = registration;
      const grant = { type: 'authorization_code', code, redirectUri, codeVerifier } as const;
      const reported = { resourceUrl, ...(websocketUrl === undefined ? {} : { websocketUrl }) };
      const result = await obtainToken(service, registration, { grant, reported }, ports, signal);
      if (result.kind === 'token') return result.token;
      const { oauthError, error } = result;
      if (!isNew && (oauthError === 'invalid_client' || oauthError === 'unauthorized_client')) {
        throw new UnknownClient('token-refused', error.message, { service: service.id, phase: 'authorize' });
      }
      throw error;
    }
  }
}

function denied(service: Service, message: string, hint: string): BimServiceError {
  return new BimServiceError('access-denied', message, { service: service.id, phase: 'authorize', hint });
}
