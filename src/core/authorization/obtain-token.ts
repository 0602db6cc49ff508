// Step 3: trade a code or a refresh token for an access token, and keep it (PROTOCOL 1.4).

import {
  readTokenResponse,
  type TokenGrant,
  type TokenResponse,
  tokenRequest,
} from '../../protocol/oauth/token.js';
import { rebased } from '../../protocol/repository/base-url.js';
import type { Service } from '../../protocol/repository/service.js';
import type { AccessToken, CredentialStore, Registration, TokenEncoding } from '../ports/credentials.js';
import type { HttpClient } from '../ports/http.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import { endpointsOf } from './register.js';

export interface TokenPorts {
  http: HttpClient;
  store: CredentialStore;
  clock: Clock;
  reporter: Reporter;
}

/** What was said besides the code, or stored with the token that is refreshed. */
export type ReportedAddresses = Pick<AccessToken, 'resourceUrl' | 'websocketUrl' | 'sendAs'>;

type TokenRefusal = Extract<TokenResponse, { kind: 'refused' }>;

export type TokenResult = { kind: 'token'; token: AccessToken } | TokenRefusal;

/**
 * Asks the token endpoint, in the encoding that it took last time or that the entry's form suggests, and once in the
 * other when the answer says so. The token is stored, with what was `told` where the answer names no address (PROTOCOL 1.4). A
 * refusal is returned, for the caller to react to its OAuth error; network faults throw.
 */
export async function obtainToken(
  service: Service,
  registration: Registration,
  { grant, told }: { grant: TokenGrant; told: ReportedAddresses },
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<TokenResult> {
  const endpoints = endpointsOf(service);
  const first: TokenEncoding = registration.tokenEncoding ?? (service.form === 'flat' ? 'json' : 'form');
  const previous = grant.type === 'refresh_token' ? grant.refreshToken : null;
  let encoding = first;
  let answer = await ask(encoding);
  if (answer.kind === 'refused' && answer.maybeEncoding) {
    encoding = first === 'json' ? 'form' : 'json';
    ports.reporter.debug(`token endpoint: ${first} was not taken, trying ${encoding}`);
    answer = moreTelling(answer, await ask(encoding));
  }
  if (answer.kind === 'refused') return answer;
  for (const note of answer.notes) ports.reporter.debug(note);
  const resourceUrl = answer.token.resourceUrl ?? told.resourceUrl;
  const token = withRightSite(service, { ...told, ...answer.token, resourceUrl });
  await ports.store.writeToken(service, token);
  if (registration.tokenEncoding !== encoding) {
    await ports.store.writeRegistration(endpoints, { ...registration, tokenEncoding: encoding });
  }
  return { kind: 'token', token };

  async function ask(as: TokenEncoding): Promise<TokenResponse> {
    const url = endpoints.tokenUrl;
    const response = await ports.http.request(tokenRequest(as, { url, grant, client: registration }), signal);
    return readTokenResponse(response, { url, now: ports.clock.now(), previousRefreshToken: previous });
  }
}

/** Of two answers the one about the grant: "not in this encoding" is no reason where the other was understood. */
function moreTelling(first: TokenRefusal, second: TokenResponse): TokenResponse {
  const isAboutEncoding =
    second.kind === 'refused' && second.maybeEncoding && second.error.code !== 'token-refused';
  return isAboutEncoding ? first : second;
}

/** `--base-url` holds for what the server says of itself later, too. */
export function withRightSite(service: Service, token: AccessToken): AccessToken {
  const { resourceUrl, websocketUrl } = token;
  return {
    ...token,
    resourceUrl: resourceUrl === null ? null : rebased(resourceUrl, service.rebase),
    ...(websocketUrl === undefined ? {} : { websocketUrl: rebased(websocketUrl, service.rebase) }),
  };
}
