// Step 1, registration: the original request (PROTOCOL 1.2), the standard request (RFC 7591), and the response to both.

import { BimServiceError } from '../../errors.js';
import { Secret } from '../../secret.js';
import { registrationTimes } from './lifetimes.js';
import {
  bodyText,
  credentialProblem,
  type Exchange,
  isEmptySuccess,
  oauthErrorOf,
  type PostRequest,
  type ResponseFields,
  readFields,
  responseError,
  textField,
  type WholeResponse,
} from './response-text.js';
import { GRANT_TYPES, type TokenAuthMethod } from './token.js';

/** `rfc7591-plain` requests only what every server has: no refresh tokens, and the server's default authentication. */
export type RegistrationForm = 'original' | 'rfc7591' | 'rfc7591-plain';

/** How this installation introduces itself. */
export interface ClientDescription {
  name: string;
  url: string;
  description: string;
  /** Null: not sent. */
  icon: string | null;
  /** The loopback address of our listener. */
  redirectUri: string;
  /** The authentication methods that the server accepts at tokenUrl; absent when it does not say (RFC 8414 2). */
  authMethods?: readonly string[];
  /** True when the client also uses the device authorization grant (RFC 8628). */
  device?: boolean;
}

export interface RegisteredClient {
  clientId: string;
  /** Null for a public client (CASES B038). */
  clientSecret: Secret | null;
  /** Epoch ms; null when the server did not say. */
  issuedAt: number | null;
  /** Epoch ms; null when it never ends or is unknown. May be in the past (CASES B032). */
  expiresAt: number | null;
  /** Absent when the server did not say: the secret goes into the body. */
  tokenAuthMethod?: TokenAuthMethod;
}

/** `try-…`: the server expects the metadata in another form. */
export type RegistrationResponse =
  /** `redirectUris`: the addresses that the response says are registered; empty when it does not say. */
  | { kind: 'registered'; client: RegisteredClient; redirectUris: string[] }
  | { kind: 'try-rfc7591' | 'try-rfc7591-plain' };

/** The request to registerUrl. `original` sends the six fields of PROTOCOL 1.2; the others send RFC 7591 metadata. */
export function registrationRequest(
  form: RegistrationForm,
  url: string,
  client: ClientDescription,
): PostRequest {
  const metadata =
    form === 'original' ? originalMetadata(client) : standardMetadata(client, form === 'rfc7591');
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(metadata),
  };
}

function originalMetadata(client: ClientDescription): Record<string, unknown> {
  return {
    type: 'push',
    client_name: client.name,
    client_url: client.url,
    client_description: client.description,
    ...(client.icon === null ? {} : { client_icon: client.icon }),
    redirect_url: client.redirectUri,
  };
}

function standardMetadata(client: ClientDescription, withOptional: boolean): Record<string, unknown> {
  const preferred = {
    grant_types: ['authorization_code', 'refresh_token', ...(client.device ? [GRANT_TYPES.device_code] : [])],
    response_types: ['code'],
    token_endpoint_auth_method: authMethodFor(client.authMethods),
  };
  const plain = {
    ...(client.device ? { grant_types: ['authorization_code', GRANT_TYPES.device_code] } : {}),
    ...(client.authMethods ? { token_endpoint_auth_method: authMethodFor(client.authMethods) } : {}),
  };
  return {
    client_name: client.name,
    client_uri: client.url,
    ...(client.icon === null ? {} : { logo_uri: client.icon }),
    redirect_uris: [client.redirectUri],
    application_type: 'native',
    ...(withOptional ? preferred : plain),
  };
}

/** Our authentication methods in order of preference, limited to those that the server supports. */
function authMethodFor(supported: readonly string[] | undefined): TokenAuthMethod {
  const known: TokenAuthMethod[] = ['client_secret_post', 'client_secret_basic', 'none'];
  return known.find((method) => supported?.includes(method)) ?? 'client_secret_post';
}

/**
 * Reads the response to `registrationRequest`. The original form may lead to the standard form, and that to the plain form.
 * @throws BimServiceError `service-nonsense` (empty, not JSON, no client_id), `service-refused`, `access-denied`
 *   (401, 403), `service-failed` (5xx), `unexpected-redirect`.
 */
export function readRegistrationResponse(
  response: WholeResponse,
  context: { form: RegistrationForm; url: string; now: number },
): RegistrationResponse {
  const exchange: Exchange = { phase: 'register', url: context.url };
  if (isEmptySuccess(response)) {
    throw new BimServiceError(
      'service-nonsense',
      `${new URL(context.url).host}: registration response was empty`,
      {
        phase: 'register',
        hint: 'The server could not store the registration; ask its operator, or try again with another --client-name.',
      },
    );
  }
  if (context.form === 'original' && requiresStandardForm(response)) return { kind: 'try-rfc7591' };
  // A server without refresh tokens may refuse a client that names them (oidc-provider does).
  const isOverSpecified =
    response.status === 400 && oauthErrorOf(readFields(response))?.error === 'invalid_client_metadata';
  if (context.form === 'rfc7591' && isOverSpecified) return { kind: 'try-rfc7591-plain' };
  const fields = readFields(response);
  const clientId = fields === null ? null : textField(fields, 'client_id');
  const isRegistered = (response.status === 200 || response.status === 201) && oauthErrorOf(fields) === null;
  if (fields === null || clientId === null || !isRegistered)
    throw responseError(response, exchange, 'client_id');
  for (const name of ['client_id', 'client_secret']) {
    const problem = credentialProblem(fields, name);
    if (problem !== null)
      throw new BimServiceError(
        'service-nonsense',
        `${new URL(context.url).host}: the ${name} of the registration response ${problem}`,
        { phase: 'register', hint: 'Only the provider can correct that: it has to issue text.' },
      );
  }
  const secret = textField(fields, 'client_secret');
  const tokenAuthMethod = readAuthMethod(fields.get('token_endpoint_auth_method'));
  return {
    kind: 'registered',
    client: {
      clientId,
      clientSecret: secret === null ? null : new Secret(secret),
      ...registrationTimes(fields, context.now),
      ...(tokenAuthMethod === null ? {} : { tokenAuthMethod }),
    },
    redirectUris: redirectUrisIn(fields),
  };
}

/** Both spellings of the redirect address, alone or in a list (PROTOCOL 1.2; RFC 7591 3.2.1). */
function redirectUrisIn(fields: ResponseFields): string[] {
  const values = ['redirect_uris', 'redirect_uri', 'redirect_url'].flatMap((name) => fields.get(name));
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}

function requiresStandardForm(response: WholeResponse): boolean {
  if (response.status !== 400 && response.status !== 422) return false;
  const error = oauthErrorOf(readFields(response))?.error;
  if (error === 'invalid_redirect_uri' || error === 'invalid_client_metadata') return true;
  return bodyText(response).includes('redirect_uris');
}

function readAuthMethod(value: unknown): TokenAuthMethod | null {
  return value === 'none' || value === 'client_secret_basic' || value === 'client_secret_post' ? value : null;
}
