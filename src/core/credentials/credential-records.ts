// The file format of a stored credential, and the name under which it is stored.
import { BimServiceError } from '../../errors.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import type { OAuthEndpoints, Service } from '../../protocol/repository/service.js';
import { objectOf } from '../../protocol/text/json-object.js';
import { nameHash } from '../../protocol/text/name-hash.js';
import { Secret } from '../../secret.js';
import type { AccessToken, Registration } from '../ports/credentials.js';

/** The version of the record format. An older program does not read a newer version (CASES B082). */
const VERSION = 1;

/** The prefix of the names of registrations. */
export const REGISTRATION_PREFIX = 'registration-';

/** The name of a server's registration: a hash of its three OAuth addresses. */
export function registrationKey(endpoints: OAuthEndpoints): string {
  return `${REGISTRATION_PREFIX}${hash(addressesOf(endpoints))}`;
}

/**
 * The name of a service's token: a hash of all four addresses, so that it never reaches another service (CASES B064). All
 * services of a BIMserver share these addresses, but a token runs only one of them, so the name is included there.
 */
export function tokenKey(service: Service): string {
  const { oauth, resourceUrl, name } = service;
  const addresses = [...(oauth ? addressesOf(oauth) : []), resourceUrl];
  return `token-${hash(dialectOf(service).sharesAddress ? [...addresses, name] : addresses)}`;
}

/** The name of what is known about a websocket: a server has one for all its services. */
export function streamKey(url: string): string {
  return `stream-${hash([url])}`;
}

export function streamRecord(url: string, silentAt: number): object {
  return { version: VERSION, kind: 'stream', url, silentAt };
}

/** When the websocket was silent, in epoch ms; null when the record is damaged. Throws `store-damaged` for a newer version. */
export function readStreamRecord(value: unknown): number | null {
  return timeOf(fieldsOf(value, 'stream')?.silentAt);
}

/** `earlier`: clients that this one took the place of, newest first. */
export function registrationRecord(
  endpoints: OAuthEndpoints,
  registration: Registration,
  earlier: readonly Registration[] = [],
): object {
  const fields = (client: Registration) => ({
    ...client,
    clientSecret: client.clientSecret?.reveal() ?? null,
  });
  return {
    version: VERSION,
    kind: 'registration',
    endpoints,
    ...fields(registration),
    ...(earlier.length === 0 ? {} : { earlier: earlier.map(fields) }),
  };
}

export function tokenRecord(service: Service, token: AccessToken): object {
  return {
    version: VERSION,
    kind: 'token',
    service: {
      name: service.name,
      resourceUrl: service.resourceUrl,
      ...(service.server?.revocationUrl ? { revocationUrl: service.server.revocationUrl } : {}),
    },
    ...token,
    accessToken: token.accessToken.reveal(),
    refreshToken: token.refreshToken?.reveal() ?? null,
  };
}

/**
 * The registrations in a parsed file, the current one first, or null when it is damaged. An earlier one that cannot be
 * read is left out. Throws `store-damaged` for a newer version.
 */
export function readRegistrationRecord(value: unknown): [Registration, ...Registration[]] | null {
  const fields = fieldsOf(value, 'registration');
  const current = fields === null ? null : registrationOf(fields);
  if (fields === null || current === null) return null;
  const earlier = Array.isArray(fields.earlier) ? fields.earlier : [];
  return [
    current,
    ...earlier.map((entry) => registrationOf(objectOf(entry) ?? {})).filter((entry) => entry !== null),
  ];
}

function registrationOf(fields: Record<string, unknown>): Registration | null {
  const { clientId, clientName, redirectUri, tokenEncoding, tokenAuthMethod } = fields;
  if (typeof clientId !== 'string' || typeof clientName !== 'string' || typeof redirectUri !== 'string')
    return null;
  return {
    clientId,
    clientName,
    redirectUri,
    clientSecret: secretOf(fields.clientSecret),
    issuedAt: timeOf(fields.issuedAt),
    expiresAt: timeOf(fields.expiresAt),
    ...(fields.doubtful === true ? { doubtful: true } : {}),
    ...(tokenEncoding === 'json' || tokenEncoding === 'form' ? { tokenEncoding } : {}),
    ...(tokenAuthMethod === 'none' ||
    tokenAuthMethod === 'client_secret_basic' ||
    tokenAuthMethod === 'client_secret_post'
      ? { tokenAuthMethod }
      : {}),
  };
}

/** The token in a parsed file, or null when it is damaged. Throws `store-damaged` for a newer version. */
export function readTokenRecord(value: unknown): AccessToken | null {
  const fields = fieldsOf(value, 'token');
  if (fields === null) return null;
  const accessToken = secretOf(fields.accessToken);
  if (accessToken === null) return null;
  const refusedAt = timeOf(fields.refusedAt);
  return {
    accessToken,
    refreshToken: secretOf(fields.refreshToken),
    expiresAt: timeOf(fields.expiresAt),
    obtainedAt: timeOf(fields.obtainedAt) ?? 0,
    resourceUrl: typeof fields.resourceUrl === 'string' ? fields.resourceUrl : null,
    ...(typeof fields.websocketUrl === 'string' ? { websocketUrl: fields.websocketUrl } : {}),
    ...(fields.sendAs === 'Token' ? { sendAs: 'Token' } : {}),
    ...(typeof fields.clientId === 'string' ? { clientId: fields.clientId } : {}),
    ...(fields.refreshRefused === true ? { refreshRefused: true } : {}),
    ...(refusedAt === null ? {} : { refusedAt }),
  };
}

/**
 * What a stored token says about its service: its name, resource address, and where its server revokes tokens. Null when
 * the record is damaged. Throws `store-damaged` for a newer version.
 */
export function readTokenService(
  value: unknown,
): { name: string; resourceUrl: string; revocationUrl: string | null } | null {
  const fields = fieldsOf(value, 'token');
  const { name, resourceUrl, revocationUrl } = objectOf(fields?.service) ?? {};
  if (typeof name !== 'string' || typeof resourceUrl !== 'string') return null;
  return { name, resourceUrl, revocationUrl: addressOf(revocationUrl) };
}

/** The server that a stored registration is for; null when the record is damaged. Throws `store-damaged` for a newer version. */
export function readEndpoints(value: unknown): OAuthEndpoints | null {
  const { registerUrl, authorizationUrl, tokenUrl } =
    objectOf(fieldsOf(value, 'registration')?.endpoints) ?? {};
  const addresses = [registerUrl, authorizationUrl, tokenUrl].map(addressOf);
  const [register, authorization, token] = addresses;
  return register && authorization && token
    ? { registerUrl: register, authorizationUrl: authorization, tokenUrl: token }
    : null;
}

function addressOf(value: unknown): string | null {
  return typeof value === 'string' && URL.canParse(value) ? value : null;
}

function addressesOf(endpoints: OAuthEndpoints): string[] {
  return [endpoints.registerUrl, endpoints.authorizationUrl, endpoints.tokenUrl];
}

function hash(addresses: string[]): string {
  return nameHash(JSON.stringify(addresses)).slice(0, 32);
}

function fieldsOf(value: unknown, kind: string): Record<string, unknown> | null {
  const fields = objectOf(value);
  if (fields === null) return null;
  if (typeof fields.version === 'number' && fields.version > VERSION) {
    throw new BimServiceError(
      'store-damaged',
      `the stored ${kind} was written by a newer bimservice (format ${fields.version})`,
      {
        hint: 'Use that version, or another folder with --config-dir. Nothing was changed.',
      },
    );
  }
  return fields.version === VERSION && fields.kind === kind ? fields : null;
}

function secretOf(value: unknown): Secret | null {
  return typeof value === 'string' && value !== '' ? new Secret(value) : null;
}

function timeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
