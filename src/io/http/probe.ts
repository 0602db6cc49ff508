// Looks at the network one layer at a time, for `doctor`: a name, a connection, TLS, the first response.
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { connect as connectTo } from 'node:net';
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { orAborted } from '../../abort.js';
import type { HostAddress, NetworkProbe, TlsFacts, Visit } from '../../core/ports/network-probe.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { transportFor } from './model-transport.js';
import { networkError } from './network-error.js';
import { type HttpOptions, SOCKET_OPTIONS, tlsOptions } from './options.js';
import { type ProxyServer, proxyFor } from './proxy.js';

export function createNetworkProbe(options: HttpOptions): NetworkProbe {
  return {
    proxyFor: (url) => proxyFor(url, options.env)?.url ?? null,
    addresses: (host, signal) => addressesOf(host, signal),
    connect: (address, port, signal) => connectOnce(address, port, signal),
    visit: (url, signal) => visit(url, options, signal),
  };
}

async function addressesOf(host: string, signal: AbortSignal): Promise<HostAddress[]> {
  try {
    const found = await orAborted(lookup(host, { all: true, verbatim: true }), signal);
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch (error) {
    throw failure(error, `http://${host.includes(':') ? `[${host}]` : host}`, signal);
  }
}

async function connectOnce(address: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connectTo({ host: address, port, signal });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    throw failure(error, `http://${address.includes(':') ? `[${address}]` : address}:${port}`, signal);
  } finally {
    socket.destroy();
  }
}

async function visit(url: string, options: HttpOptions, signal: AbortSignal): Promise<Visit> {
  const proxy = proxyFor(url, options.env);
  const transport = await transportFor(url, proxy, options);
  const settings: RequestOptions = {
    agent: transport.agent(signal),
    headers: { 'User-Agent': options.userAgent, Accept: '*/*' },
    signal,
    ...SOCKET_OPTIONS,
    ...tlsOptions(options),
    // The certificate is looked at, and nothing secret is sent.
    rejectUnauthorized: false,
  };
  const request = transport.send(url, settings);
  try {
    const response = await responseOf(request, signal);
    const { socket, statusCode = 0, headers } = response;
    const date = Date.parse(headers.date ?? '');
    return {
      status: statusCode,
      serverTime: Number.isNaN(date) ? null : date,
      tls: socket instanceof TLSSocket ? tlsFacts(socket, url, proxy) : null,
    };
  } catch (error) {
    throw failure(error, url, signal, proxy);
  } finally {
    request.destroy();
  }
}

async function responseOf(request: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const responded = once(request, 'response', { signal });
  // A late failure, after the response, has no meaning any more.
  request.on('error', () => {});
  request.end();
  const [response] = await responded;
  return response;
}

function tlsFacts(socket: TLSSocket, url: string, proxy: ProxyServer | null): TlsFacts {
  const certificate = socket.getPeerCertificate(true);
  const { authorizationError: code } = socket;
  const reason = code
    ? networkError(
        Object.assign(new Error(String(code)), { code: String(code), cert: certificate }),
        url,
        {},
        proxy,
      )
    : null;
  return {
    issuer: nameOf(certificate.issuer),
    authority: nameOf(lastOf(certificate).issuer),
    validTo: Date.parse(certificate.valid_to),
    distrust: reason === null ? null : { text: reason.message, hint: reason.hint ?? '' },
  };
}

/** The last certificate of a chain; a self-signed one is its own issuer. */
function lastOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  let last = certificate;
  for (let depth = 0; depth < 10; depth += 1) {
    const next = last.issuerCertificate;
    if (next === undefined || next === last || next.fingerprint256 === last.fingerprint256) break;
    last = next;
  }
  return last;
}

function nameOf(name: Partial<Record<string, string | string[]>> | undefined): string {
  const text = name?.O ?? name?.CN ?? 'a nameless authority';
  return cleanText(Array.isArray(text) ? text.join(', ') : text, 80);
}

function failure(
  error: unknown,
  url: string,
  signal: AbortSignal,
  proxy: ProxyServer | null = null,
): unknown {
  return signal.aborted ? signal.reason : networkError(error, url, {}, proxy);
}
