// The CONNECT of small requests through a proxy: one attempt with a time limit, and its failure is the proxy's.
import { Pool } from 'undici';
import { deadline } from '../../deadline.js';
import { noTunnelError, noTunnelReason, type ProxyServer } from './proxy.js';

export interface TunnelRules {
  /** The address of the request that needs the tunnel. */
  url: string;
  /** How long the proxy may take to respond, in ms. */
  limitMs: number;
  stop: AbortSignal;
}

/**
 * The connections to `proxy`. A CONNECT that gets no response rejects with BimServiceError `proxy-failed`; with undici's
 * own error its Agent would connect again without an end.
 */
export function tunnelPool(
  origin: URL,
  settings: Pool.Options,
  proxy: ProxyServer,
  { url, limitMs, stop }: TunnelRules,
): Pool {
  const pool = new Pool(origin, settings);
  const connect = pool.connect.bind(pool);
  return Object.assign(pool, {
    async connect(request: Parameters<Pool['connect']>[0]) {
      const late = Object.assign(new Error('no response in time'), { code: 'ETIMEDOUT' });
      using limit = deadline(stop, limitMs, late);
      try {
        return await connect({ ...request, signal: limit.signal });
      } catch (error) {
        stop.throwIfAborted();
        const how = noTunnelReason(error, limitMs);
        throw how === null ? error : noTunnelError(proxy, how, url, { cause: error });
      }
    },
  });
}
