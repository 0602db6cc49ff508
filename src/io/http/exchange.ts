// Small requests (repositories, registration, token) over undici.
import { Agent, type Dispatcher, ProxyAgent, request as undiciRequest } from 'undici';
import type { SmallRequest, SmallResponse } from '../../core/ports/http.js';
import { deadline } from '../../deadline.js';
import { BimServiceError, messageOf } from '../../errors.js';
import { decodeHeaderText } from '../../protocol/invocation/content-disposition.js';
import { hostOf } from '../../protocol/repository/addresses.js';
import type { HeaderFields } from '../../protocol/text/headers.js';
import { networkError, through } from './network-error.js';
import { type HttpOptions, SOCKET_OPTIONS, tlsOptions } from './options.js';
import { type ProxyServer, proxyError, proxyFor } from './proxy.js';
import { tunnelPool } from './proxy-tunnel.js';

/** No registration, token or list is larger; a larger body is an attack or a mistake. */
const MAX_SMALL_BODY = 10 * 1024 * 1024;

/** One exchange. It follows no redirect, repeats nothing and stores no cookie. */
export async function exchange(
  request: SmallRequest,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<SmallResponse> {
  signal.throwIfAborted();
  const proxy = proxyFor(request.url, options.env);
  using limit = deadline(signal, options.limits.exchangeMs, new Error('no response in time'));
  const dispatcher = dispatcherFor(request.url, proxy, options, limit.signal);
  try {
    const response = await undiciRequest(request.url, {
      method: request.method,
      headers: { 'user-agent': options.userAgent, ...request.headers },
      body: request.body ?? null,
      dispatcher,
      signal: limit.signal,
    });
    const body = await readBody(response.body, request.url);
    if (response.statusCode === 407 && proxy !== null) throw proxyError(proxy, 407, request.url, {});
    return { status: response.statusCode, headers: headerFields(response.headers), body };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.passed) {
      throw new BimServiceError(
        'unreachable',
        `${hostOf(request.url)} sent no complete response${through(proxy)} within ${options.limits.exchangeMs / 1000} s`,
        {
          hint: 'Try again later.',
        },
      );
    }
    const refusal = PROXY_REFUSAL.exec(messageOf(error));
    if (proxy !== null && refusal)
      throw proxyError(proxy, Number(refusal[1] ?? refusal[2]), request.url, { cause: error });
    throw networkError(error, request.url, {}, proxy);
  } finally {
    // The connection is not reused: a server may close an idle connection just before the next request (CASES B091).
    await dispatcher.destroy();
  }
}

/** undici 7 reports a proxy's refusal only in words: one for a tunnel, one for a plain request. */
const PROXY_REFUSAL = /Proxy response \((\d+)\)|Proxy Authentication Required \((407)\)/;

function dispatcherFor(
  url: string,
  proxy: ProxyServer | null,
  options: HttpOptions,
  stop: AbortSignal,
): Dispatcher {
  // undici notices an abort only after it has connected, so the socket gets the signal too.
  const connect = {
    timeout: options.limits.connectMs,
    signal: stop,
    ...SOCKET_OPTIONS,
    ...tlsOptions(options),
  };
  const common = { connect, allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  if (proxy === null) return new Agent(common);
  return new ProxyAgent({
    ...common,
    uri: proxy.url,
    clientFactory: (origin, settings) =>
      tunnelPool(origin, settings, proxy, { url, stop, limitMs: options.limits.tunnelMs }),
    ...(proxy.authorization === null ? {} : { token: proxy.authorization }),
    requestTls: connect,
    proxyTls: connect,
    // Proxies allow CONNECT only to port 443; a plain request is sent in absolute form (RFC 9112 3.2.2).
    proxyTunnel: false,
  });
}

async function readBody(body: AsyncIterable<Uint8Array>, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_SMALL_BODY) {
      throw new BimServiceError(
        'service-nonsense',
        `${hostOf(url)} responded with more than 10 MiB instead of a small document`,
        { hint: 'Check the address: this is not a repository, registration or token endpoint.' },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headerFields(headers: Record<string, string | string[] | undefined>): HeaderFields {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((text) => [name, decodeHeaderText(text)] as const),
  );
}
