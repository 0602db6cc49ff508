// The connection for the POST of a model: one new socket, direct or through a proxy. Loads only the modules that it needs.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { type HttpOptions, SOCKET_OPTIONS, tlsOptions } from './options.js';
import type { ProxyServer } from './proxy.js';

export interface Transport {
  send: typeof httpRequest;
  /**
   * Nothing is kept alive, because a server may close an idle socket just before the next request (CASES B091).
   * `abandoned` closes the connection to a proxy while it is being made, when node:http has no socket yet.
   */
  agent(abandoned: AbortSignal): HttpAgent;
}

/** A proxy agent uses its options only for the connection to the proxy, so the request needs `tlsOptions` too. */
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
    agent: (abandoned) =>
      new Through(proxy.url, { ...SOCKET_OPTIONS, ...tlsOptions(options), signal: abandoned, headers }),
  };
}
