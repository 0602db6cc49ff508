// The options of every connection: limits, our name, proxies, and what TLS accepts, for services and for proxies.
import type { HttpLimits } from './limits.js';
import type { Variables } from './proxy-variables.js';

export interface HttpOptions {
  /** PEM certificates to trust in addition to the default ones; undefined keeps Node's default. */
  ca: string[] | undefined;
  userAgent: string;
  limits: HttpLimits;
  /** Where HTTPS_PROXY and its relatives are read from. */
  env: Variables;
}

/**
 * Time for each address of a host, of several but the last, ms. Node gives 250, and a far server needs more: with a dead
 * address beside it, it would never be reached. Connections are tried one after the other within `limits.connectMs`.
 */
const ADDRESS_MS = 3000;

/** For each connection itself: the default of Node is for the whole process, which belongs to the caller of the library. */
export const SOCKET_OPTIONS = { autoSelectFamilyAttemptTimeout: ADDRESS_MS };

/** HTTP/1.1 only (CASES B089), and the certificates to trust. */
export function tlsOptions({ ca }: HttpOptions): { ca?: string[]; ALPNProtocols: string[] } {
  return { ...(ca ? { ca } : {}), ALPNProtocols: ['http/1.1'] };
}
