// What TLS needs to know, towards a service and towards a proxy.
import type { HttpOptions } from './http.js';

/** HTTP/1.1 only (CASES B089), and whom to trust. */
export function tlsOptions(options: HttpOptions): { ca?: string[]; ALPNProtocols: string[] } {
  return { ...(options.ca ? { ca: options.ca } : {}), ALPNProtocols: ['http/1.1'] };
}
