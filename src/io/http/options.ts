// The options of every connection: limits, our name, and what TLS accepts, for services and for proxies.
import type { HttpLimits } from './limits.js';

export interface HttpOptions {
  /** PEM certificates to trust in addition to the default ones; undefined keeps Node's default. */
  ca: string[] | undefined;
  userAgent: string;
  limits: HttpLimits;
}

/** HTTP/1.1 only (CASES B089), and the certificates to trust. */
export function tlsOptions({ ca }: HttpOptions): { ca?: string[]; ALPNProtocols: string[] } {
  return { ...(ca ? { ca } : {}), ALPNProtocols: ['http/1.1'] };
}
