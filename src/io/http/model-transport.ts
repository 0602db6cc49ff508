// The connection that a model's POST takes: one fresh socket, direct or through a proxy; what it needs is loaded for it.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { type HttpOptions, tlsOptions } from './options.js';
import type { ProxyServer } from './proxy.js';

export interface Transport {
  send: typeof httpRequest;
  /**
   * Nothing is kept alive: no idle socket is to be closed under our feet (CASES B091). `abandoned` closes the connection
   * to a proxy while it is still being made; until then node:http has no socket that it could close.
   */
  agent(abandoned: AbortSignal): HttpAgent;
}

/** A proxy agent hands its options to the proxy's connection only, so `tlsOptions` belong into the request as well. */
export async function transportFor(
  url: string,
  proxy: ProxyServer | null,
  options: HttpOptions,
): Promise<Transport> {
  const https = url.startsWith('https:') ? await import('node:https') : null;
  const send = https === null ? httpRequest : https.request;
  if (proxy === null) {
    const Direct = https === null ? HttpAgent : https.Agent;
    return { send, agent: () => new Direct({ keepAlive: false }) };
  }
  const Through =
    https === null
      ? (await import('http-proxy-agent')).HttpProxyAgent
      : (await import('https-proxy-agent')).HttpsProxyAgent;
  const headers = proxy.authorization === null ? {} : { 'Proxy-Authorization': proxy.authorization };
  return {
    send,
    agent: (abandoned) => new Through(proxy.url, { ...tlsOptions(options), signal: abandoned, headers }),
  };
}
