// The metadata of an OAuth server (RFC 8414, OpenID Connect Discovery), and the OpenCDE Foundation API.

import { BimServiceError } from '../../errors.js';
import { type AddressRules, checkEndpoint, tooNear } from '../repository/addresses.js';
import { mayName, reachOfLocation } from '../repository/reach.js';
import type { OAuthEndpoints, ServerMetadata } from '../repository/service.js';
import { cleanText } from '../text/clean-text.js';
import { trimEndOf } from '../text/cut.js';
import { objectOf } from '../text/json-object.js';

/** Fields of a parsed metadata document. */
export type MetadataFields = Readonly<Record<string, unknown>>;

export interface DescribedServer {
  oauth: OAuthEndpoints;
  server: ServerMetadata;
}

/** Where an issuer's metadata may be, best first: RFC 8414 3.1 puts the path before the issuer's path, OpenID after it. */
export function metadataAddresses(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = trimEndOf(pathname, '/');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

/**
 * The addresses in a metadata document whose issuer was checked. Throws `repository-invalid` when a required address is
 * missing, `unsafe-address` when an address must not be used.
 */
export function readMetadata(fields: MetadataFields, source: string, rules: AddressRules): DescribedServer {
  const given = (name: string) => addressIn(fields, name, source, rules);
  const registerUrl = given('registration_endpoint');
  return {
    oauth: {
      // `registers` marks a server without this address; the placeholder completes the key of the credentials.
      registerUrl: registerUrl ?? source,
      authorizationUrl: needed(given('authorization_endpoint'), 'authorization_endpoint', source),
      tokenUrl: needed(given('token_endpoint'), 'token_endpoint', source),
    },
    server: { ...standardFeatures(fields, source, rules), registers: registerUrl !== null },
  };
}

/** The part of a metadata document that goes beyond the three addresses. */
export function standardFeatures(
  fields: MetadataFields,
  source: string,
  rules: AddressRules,
): Omit<ServerMetadata, 'registers'> {
  const methods = fields.token_endpoint_auth_methods_supported;
  return {
    issuer: typeof fields.issuer === 'string' ? fields.issuer : null,
    sendsIssuer: fields.authorization_response_iss_parameter_supported === true,
    deviceUrl: addressIn(fields, 'device_authorization_endpoint', source, rules),
    revocationUrl: addressIn(fields, 'revocation_endpoint', source, rules),
    authMethods: Array.isArray(methods) ? methods.filter((method) => typeof method === 'string') : null,
  };
}

/** `{base}/foundation/versions`, or null when `address` already names a version. */
export function foundationVersionsAddress(address: string): string | null {
  const url = new URL(address);
  if (/\/foundation\/[^/]+(\/auth)?\/?$/.test(url.pathname)) return null;
  url.pathname = `${trimEndOf(url.pathname, '/').replace(/\/foundation$/, '')}/foundation/versions`;
  return url.href;
}

/** `…/foundation/{version}/auth`: below the address of the versions, or as `address` names it. */
export function foundationAuthAddress(address: string, version: string): string {
  const url = new URL(address);
  const path = trimEndOf(url.pathname, '/');
  url.pathname = path.endsWith('/auth')
    ? path
    : /\/foundation\/[^/]+$/.test(path)
      ? `${path}/auth`
      : `${path.replace(/\/foundation$/, '')}/foundation/${encodeURIComponent(version)}/auth`;
  return url.href;
}

/** The highest version of the Foundation API in a response to `GET /foundation/versions`; `1.0` when it names none. */
export function foundationVersion(fields: MetadataFields): string {
  const versions = Array.isArray(fields.versions) ? fields.versions : [];
  const ids = versions.flatMap((entry: unknown) => {
    const { api_id, version_id } = objectOf(entry) ?? {};
    const isOurs = api_id === undefined || api_id === 'foundation';
    return isOurs && typeof version_id === 'string' && /^\d+(\.\d+)*$/.test(version_id) ? [version_id] : [];
  });
  return ids.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? '1.0';
}

/** The addresses in a response to `GET /foundation/{version}/auth`. Throws like `readMetadata`. */
export function readFoundationAuth(
  fields: MetadataFields,
  source: string,
  rules: AddressRules,
): DescribedServer {
  const given = (name: string) => addressIn(fields, name, source, rules);
  const registerUrl = given('oauth2_dynamic_client_reg_url');
  return {
    oauth: {
      registerUrl: registerUrl ?? source,
      authorizationUrl: needed(given('oauth2_auth_url'), 'oauth2_auth_url', source),
      tokenUrl: needed(given('oauth2_token_url'), 'oauth2_token_url', source),
    },
    server: {
      issuer: null,
      sendsIssuer: false,
      deviceUrl: null,
      revocationUrl: null,
      authMethods: null,
      registers: registerUrl !== null,
    },
  };
}

function addressIn(fields: MetadataFields, name: string, source: string, rules: AddressRules): string | null {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') {
    const url = checkEndpoint(value, rules);
    if (!mayName(reachOfLocation(source), url)) throw tooNear(value);
    return url.href;
  }
  throw new BimServiceError('repository-invalid', `${cleanText(source)}: ${name} is not an address`, {
    phase: 'list',
  });
}

function needed(address: string | null, name: string, source: string): string {
  if (address !== null) return address;
  throw new BimServiceError('repository-invalid', `${cleanText(source)} does not name a ${name}`, {
    phase: 'list',
    hint: 'The server does not offer consent in a browser; ask its operator for the addresses.',
  });
}
