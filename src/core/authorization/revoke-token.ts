// Revokes a token at the server, for `logout`, when the server supports it.
import { BimServiceError } from '../../errors.js';
import { revocationRefusal, revocationRequest } from '../../protocol/oauth/revocation.js';
import type { Service } from '../../protocol/repository/service.js';
import { clientOf } from '../credentials/credential-store.js';
import { findMetadata } from './find-metadata.js';
import type { TokenPorts } from './obtain-token.js';
import { rememberClient } from './remember-client.js';

/** `revoked`: the server has ended the token. Otherwise it stays valid there until it ends. */
export interface Revocation {
  revoked: boolean;
  /** True when the server has a revocation address, and there was a token and its client to revoke with. */
  supported: boolean;
  /** Why it was not revoked, or why the server could not say whether it supports this; null when there is no reason. */
  error: BimServiceError | null;
}

/** Revokes the token of `service` at the server. Throws only when it is aborted. */
export async function revokeToken(
  service: Service,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<Revocation> {
  const { oauth } = service;
  const unsupported = { revoked: false, supported: false, error: null };
  if (oauth === null) return unsupported;
  let supported = false;
  try {
    const token = await ports.store.readToken(service);
    const registration = token === null ? null : await clientOf(oauth, token, ports.store);
    if (token === null || registration === null) return unsupported;
    const url = (await findMetadata(service, ports.http, signal))?.revocationUrl ?? null;
    if (url === null) return unsupported;
    supported = true;
    // The refresh token is revoked: with it a server also revokes the access tokens (RFC 7009 2.1).
    const { accessToken, refreshToken } = token;
    const request = revocationRequest(
      url,
      refreshToken ?? accessToken,
      refreshToken ? 'refresh_token' : 'access_token',
      registration,
    );
    const refusal = revocationRefusal(await ports.http.request(request, signal), url);
    if (refusal === null) return { revoked: true, supported, error: null };
    if (refusal.oauth?.error === 'invalid_client' && refusal.error.code !== 'service-failed')
      await rememberClient(oauth, { ...registration, doubtful: true }, ports, signal);
    return { revoked: false, supported, error: refusal.error };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    // A damaged credential is kept in a copy that still contains its secrets, so the person must know where.
    if (error.code === 'store-damaged') {
      ports.reporter.warn(error.message);
      return unsupported;
    }
    ports.reporter.debug(`the token could not be revoked: ${error.message}`);
    return { revoked: false, supported, error };
  }
}
