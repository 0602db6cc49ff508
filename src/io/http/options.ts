// What every connection needs to know: limits, our name, and what TLS accepts, towards a service and towards a proxy.
import type { HttpLimits } from './limits.js';

export interface HttpOptions {
  /** PEM certificates to trust beside the usual ones; undefined keeps Node's own default. */
  ca: string[] | undefined;
  userAgent: string;
  limits: HttpLimits;
}

/** HTTP/1.1 only (CASES B089), and the certificates to trust. */
export function tlsOptions({ ca }: HttpOptions): { ca?: string[]; ALPNProtocols: string[] } {
  return { ...(ca ? { ca } : {}), ALPNProtocols: ['http/1.1'] };
}
