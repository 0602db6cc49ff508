// `logout` at the server, where it offers that.
import { BimServiceError } from '../../errors.js';
import { oauthErrorOf, readFields } from '../../protocol/oauth/response-text.js';
import { revocationRequest } from '../../protocol/oauth/revocation.js';
import type { Service } from '../../protocol/repository/service.js';
import { clientOf } from '../credentials/credential-store.js';
import { findMetadata } from './find-metadata.js';
import type { TokenPorts } from './obtain-token.js';
import { rememberClient } from './remember-client.js';

/**
 * Has the server forget the token of `service`. True when it did; false where it does not offer that, or could not be
 * asked: then the token lives on there until it ends.
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
    // Of a pair the refresh token counts: a server takes the access tokens back with it (RFC 7009 2.1).
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
    // A damaged credential is kept aside, secrets and all: whoever logs out has to know where.
    if (error.code === 'store-damaged') ports.reporter.warn(error.message);
    else ports.reporter.debug(`the token could not be revoked: ${error.message}`);
    return false;
  }
}
