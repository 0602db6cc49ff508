// Step 3: exchanges a grant for an access token, and stores it (PROTOCOL 1.4).

import {
  readTokenResponse,
  type TokenGrant,
  type TokenResponse,
  tokenRequest,
} from '../../protocol/oauth/token.js';
import type { Service } from '../../protocol/repository/service.js';
import type { AccessToken, CredentialStore, Registration, TokenEncoding } from '../ports/credentials.js';
import type { HttpClient } from '../ports/http.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import { keepNewToken } from './keep-new-token.js';
import { endpointsOf } from './register.js';
import { rememberClient } from './remember-client.js';

export interface TokenPorts {
  http: HttpClient;
  store: CredentialStore;
  clock: Clock;
  reporter: Reporter;
}

/** What came with the code, or is stored with the token that is refreshed. */
export type ReportedAddresses = Partial<Pick<AccessToken, 'resourceUrl' | 'websocketUrl' | 'sendAs'>>;

type TokenRefusal = Extract<TokenResponse, { kind: 'refused' }>;

export type TokenResult = { kind: 'token'; token: AccessToken } | TokenRefusal;

/**
 * Sends the token request in the encoding that worked last time or that fits the form of the entry, and once in the other
 * encoding when the response asks for it. Stores the token, with the `reported` addresses when the response has none
 * (PROTOCOL 1.4). Returns a refusal, so that the caller can react to its OAuth error; throws network errors.
 */
export async function obtainToken(
  service: Service,
  registration: Registration,
  { grant, reported = {} }: { grant: TokenGrant; reported?: ReportedAddresses },
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<TokenResult> {
  const endpoints = endpointsOf(service);
  const first = registration.tokenEncoding ?? usualEncoding(service, grant);
  const previous = grant.type === 'refresh_token' ? grant.refreshToken : null;
  let encoding = first;
  let response = await request(encoding);
  if (response.kind === 'refused' && response.maybeEncoding) {
    encoding = first === 'json' ? 'form' : 'json';
    ports.reporter.debug(`token endpoint: ${first} was not accepted, trying ${encoding}`);
    response = moreSpecific(response, await request(encoding));
  }
  if (response.kind === 'refused') {
    if (response.oauthError === 'invalid_client') {
      await rememberClient(endpoints, { ...registration, doubtful: true }, ports, signal);
    }
    return response;
  }
  for (const note of response.notes) ports.reporter.debug(note);
  const resourceUrl = response.token.resourceUrl ?? reported.resourceUrl ?? null;
  const given = { ...reported, ...response.token, resourceUrl, clientId: registration.clientId };
  const otherwise = grant.type === 'refresh_token' ? 'go-on' : 'fail';
  const token = await keepNewToken(service, given, otherwise, ports);
  if (registration.tokenEncoding !== encoding || registration.doubtful) {
    const { doubtful, ...good } = registration;
    await rememberClient(endpoints, { ...good, tokenEncoding: encoding }, ports, signal);
  }
  return { kind: 'token', token };

  async function request(as: TokenEncoding): Promise<TokenResponse> {
    const url = endpoints.tokenUrl;
    const response = await ports.http.request(tokenRequest(as, { url, grant, client: registration }), signal);
    return readTokenResponse(response, {
      url,
      now: ports.clock.now(),
      previousRefreshToken: previous,
      encoding: as,
    });
  }
}

/** Servers of flat entries get JSON first; the device grant is only defined as a form (RFC 8628 3.4). */
function usualEncoding({ form }: Service, grant: TokenGrant): TokenEncoding {
  return form === 'flat' && grant.type !== 'device_code' ? 'json' : 'form';
}

/** Prefers the refusal of the grant: a refusal of one encoding does not matter when the other one was understood. */
function moreSpecific(first: TokenRefusal, second: TokenResponse): TokenResponse {
  const isAboutEncoding =
    second.kind === 'refused' && second.maybeEncoding && second.error.code !== 'token-refused';
  return isAboutEncoding ? first : second;
}
