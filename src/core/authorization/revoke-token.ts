// Revokes a token at the server, for `logout`, when the server supports it.
import { BimServiceError } from '../../errors.js';
import { oauthErrorOf, readFields } from '../../protocol/oauth/response-text.js';
import { revocationRequest } from '../../protocol/oauth/revocation.js';
import type { Service } from '../../protocol/repository/service.js';
import { clientOf } from '../credentials/credential-store.js';
import { findMetadata } from './find-metadata.js';
import type { TokenPorts } from './obtain-token.js';
import { rememberClient } from './remember-client.js';

/**
 * Revokes the token of `service` at the server. True when it is revoked. False when the server does not support it or was
 * not reached: the token then stays valid there until it ends.
 */
export async function revokeToken(
  service: Service,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const { oauth } = service;
  if (oauth === null) return false;
  try {
    const token = await ports.store.readToken(service);
    const registration = token === null ? null : await clientOf(oauth, token, ports.store);
    if (token === null || registration === null) return false;
    const url = (await findMetadata(service, ports.http, signal))?.revocationUrl ?? null;
    if (url === null) return false;
    // The refresh token is revoked: with it a server also revokes the access tokens (RFC 7009 2.1).
    const { accessToken, refreshToken } = token;
    const request = revocationRequest(
      url,
      refreshToken ?? accessToken,
      refreshToken ? 'refresh_token' : 'access_token',
      registration,
    );
    const response = await ports.http.request(request, signal);
    if (response.status < 500 && oauthErrorOf(readFields(response))?.error === 'invalid_client')
      await rememberClient(oauth, { ...registration, doubtful: true }, ports, signal);
    return response.status === 200;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    // A damaged credential is kept in a copy that still contains its secrets, so the person must know where.
    if (error.code === 'store-damaged') ports.reporter.warn(error.message);
    else ports.reporter.debug(`the token could not be revoked: ${error.message}`);
    return false;
  }
}
