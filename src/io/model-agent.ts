// The connection that a model's POST takes: one fresh socket, direct or through a proxy.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { HttpOptions } from './http.js';

/** HTTP/1.1 only, nothing kept alive: no idle socket to be closed under our feet (CASES B089, B091). */
export function agentFor(url: string, proxy: string | null, options: HttpOptions): HttpAgent {
  const secure = url.startsWith('https:');
  const tls = { ...(options.ca ? { ca: options.ca } : {}), ALPNProtocols: ['http/1.1'] };
  if (proxy === null)
    return secure ? new HttpsAgent({ keepAlive: false, ...tls }) : new HttpAgent({ keepAlive: false });
  return secure ? new HttpsProxyAgent(proxy, tls) : new HttpProxyAgent(proxy, tls);
}
