// The connection that a model's POST takes: one fresh socket, direct or through a proxy.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { HttpOptions } from './http.js';
import type { ProxyServer } from './proxy.js';

/** What TLS needs to know, towards a service and towards a proxy: HTTP/1.1 only (CASES B089), and whom to trust. */
export function tlsOptions(options: HttpOptions): { ca?: string[]; ALPNProtocols: string[] } {
  return { ...(options.ca ? { ca: options.ca } : {}), ALPNProtocols: ['http/1.1'] };
}

/**
 * Nothing is kept alive: no idle socket is to be closed under our feet (CASES B091). `abandoned` closes the connection
 * to a proxy while it is still being made; until then node:http has no socket that it could close. A proxy agent hands
 * its options to the proxy's connection only, so `tlsOptions` belong into the request as well.
 */
export function agentFor(
  url: string,
  proxy: ProxyServer | null,
  options: HttpOptions,
  abandoned: AbortSignal,
): HttpAgent {
  const secure = url.startsWith('https:');
  if (proxy === null)
    return secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const towardsProxy = {
    ...tlsOptions(options),
    signal: abandoned,
    headers: proxy.authorization === null ? {} : { 'Proxy-Authorization': proxy.authorization },
  };
  return secure ? new HttpsProxyAgent(proxy.url, towardsProxy) : new HttpProxyAgent(proxy.url, towardsProxy);
}
