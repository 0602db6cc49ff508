// The OAuth metadata of this server (RFC 8414).

/** The path that RFC 8414 3 specifies. */
export const METADATA_PATH = '/.well-known/oauth-authorization-server';

/** The paths of the OAuth endpoints, with the names that BIMserver uses. */
export const OAUTH_PATHS = {
  register: '/oauth/register',
  authorize: '/oauth/authorize',
  token: '/oauth/access',
  revoke: '/oauth/revoke',
} as const;

export function serverMetadata(origin: string): unknown {
  const at = (path: string): string => new URL(path, origin).href;
  const methods = ['client_secret_basic', 'client_secret_post', 'none'];
  return {
    issuer: origin,
    authorization_endpoint: at(OAUTH_PATHS.authorize),
    token_endpoint: at(OAUTH_PATHS.token),
    registration_endpoint: at(OAUTH_PATHS.register),
    revocation_endpoint: at(OAUTH_PATHS.revoke),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
  };
}
