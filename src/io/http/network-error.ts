// Turns errors of sockets, TLS and proxies into BimServiceErrors, in words that a person can act on.
import { BimServiceError, type ErrorDetails, messageOf, systemErrorCode } from '../../errors.js';
import { hostOf, isLoopback } from '../../protocol/repository/addresses.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { ProxyServer } from './proxy.js';

const CA_HINT =
  'If a company proxy or a private certificate authority is in between, give its certificate with --ca-file FILE ' +
  'or NODE_EXTRA_CA_CERTS=FILE.';

const HTTP2_HINT =
  'bimservice uses HTTP/1.1: ask the provider to allow it beside HTTP/2, or for an address that does.';

const TLS_WORDS: Record<string, readonly [words: string, hint: string]> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed', CA_HINT],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate chain ends in an authority that this machine does not know',
    CA_HINT,
  ],
  UNABLE_TO_GET_ISSUER_CERT: ['the issuer of its certificate is not known', CA_HINT],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['the issuer of its certificate is not known', CA_HINT],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'it did not send the intermediate certificate, or its authority is not known',
    CA_HINT,
  ],
  CERT_UNTRUSTED: ['its certificate is not trusted', CA_HINT],
  CERT_HAS_EXPIRED: [
    'its certificate has expired',
    'Inform the provider, and check the clock of this machine.',
  ],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Check the clock of this machine.'],
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: ['it takes HTTP/2 only', HTTP2_HINT],
  CERT_REVOKED: ['its certificate was revoked', 'Inform the provider.'],
};

const REACH_WORDS: Record<string, string> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNREFUSED: 'no program listens there',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'the address cannot be reached from here',
  ETIMEDOUT: 'no response in time',
  ECONNRESET: 'the connection was reset',
  ECONNABORTED: 'the connection was aborted',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed without a response',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_BODY_TIMEOUT: 'the response stopped before its end',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the response is incomplete',
};

/** Codes of a connection that was never made. With a proxy, only the connection to the proxy was tried. */
const NEVER_CONNECTED = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const PROXY_HINT =
  'Check HTTPS_PROXY and HTTP_PROXY; name a host that is reached without the proxy in NO_PROXY.';

/** True for the codes of TLS itself: certificates and handshakes. */
function isTlsCode(code: string): boolean {
  return code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS');
}

/** True when the other side responded, but not with HTTP (RFC 9112): the codes of llhttp. */
export function isNonsenseCode(code: string | undefined): boolean {
  return code?.startsWith('HPE_') === true || code === 'UND_ERR_HEADERS_OVERFLOW';
}

/** ` through the proxy HOST:PORT`, or nothing. */
export function through(proxy: ProxyServer | null): string {
  return proxy === null ? '' : ` through the proxy ${hostOf(proxy.url)}`;
}

/**
 * The error for a failed exchange with `url`: `tls-failed`, `proxy-failed`, `service-nonsense` or `unreachable`
 * (exit codes 5 and 6). `proxy` is the proxy that the connection was made to, if any. BimServiceErrors and abort reasons
 * are returned unchanged.
 */
export function networkError(
  error: unknown,
  url: string,
  details: ErrorDetails,
  proxy: ProxyServer | null = null,
): BimServiceError {
  if (error instanceof BimServiceError) return error;
  const host = hostOf(url) + through(proxy);
  const code = innermostCode(error);
  const more = { ...details, cause: error };
  const tls = code === undefined ? undefined : tlsFault(error, code, proxy);
  if (tls)
    return new BimServiceError('tls-failed', `no safe connection to ${host}: ${tls[0]} (${code})`, {
      ...more,
      hint: tls[1],
    });
  if (isNonsenseCode(code) && isHttp2(error)) {
    return new BimServiceError('service-nonsense', `${host} takes HTTP/2 only (${code})`, {
      ...more,
      hint: HTTP2_HINT,
    });
  }
  if (isNonsenseCode(code)) {
    return new BimServiceError(
      'service-nonsense',
      `${host} responded with something that is not HTTP (${code})`,
      { ...more, hint: 'Check the address and its port: another program may be listening there.' },
    );
  }
  const words = (code === undefined ? undefined : REACH_WORDS[code]) ?? cleanText(messageOf(error), 120);
  const why = `${words}${code ? ` (${code})` : ''}`;
  if (proxy !== null && code !== undefined && NEVER_CONNECTED.has(code)) {
    return new BimServiceError('proxy-failed', `the proxy ${hostOf(proxy.url)} was not reached: ${why}`, {
      ...more,
      hint: PROXY_HINT,
    });
  }
  const hint = details.hint ?? (isLoopback(new URL(url).hostname) ? NOT_RUNNING : CHECK_NETWORK);
  return new BimServiceError('unreachable', `${host} was not reached: ${why}`, { ...more, hint });
}

const CHECK_NETWORK =
  'Check the address and the network (proxy: HTTPS_PROXY, HTTP_PROXY, NO_PROXY), then try again.';
const NOT_RUNNING =
  'Check that the server runs on this machine, and its port. For "bimservice serve": see its terminal.';

function tlsFault(
  error: unknown,
  code: string,
  proxy: ProxyServer | null,
): readonly [words: string, hint: string] | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = certificateNames(error);
    const hint = 'Check the address in the repository; the certificate must name this host.';
    return [`its certificate is for another host name${names === '' ? '' : `: ${names}`}`, hint];
  }
  const known = TLS_WORDS[code];
  if (known || !isTlsCode(code)) return known;
  const hint =
    proxy?.url.startsWith('https:') === true
      ? 'Most proxies speak plain http: try http:// in the proxy variable.'
      : 'The address may need http instead of https, or a proxy is in between.';
  return ['the TLS handshake failed', hint];
}

/** True when the bytes that are not HTTP/1.1 are the SETTINGS frame with which every HTTP/2 server begins (RFC 9113 3.4). */
export function isHttp2(error: unknown): boolean {
  for (const at of causesOf(error)) {
    // node:http has the bytes, undici a text of them.
    const bytes =
      'rawPacket' in at && at.rawPacket instanceof Uint8Array
        ? at.rawPacket
        : 'data' in at && typeof at.data === 'string'
          ? Buffer.from(at.data, 'latin1')
          : null;
    if (bytes !== null)
      return bytes[0] === 0 && bytes[3] === 4 && bytes.subarray(5, 9).every((byte) => byte === 0);
  }
  return false;
}

/** The names in a refused certificate, which Node attaches to the error. */
function certificateNames(error: unknown): string {
  for (const at of causesOf(error)) {
    if (!('cert' in at) || typeof at.cert !== 'object' || at.cert === null) continue;
    const names = 'subjectaltname' in at.cert ? at.cert.subjectaltname : undefined;
    if (typeof names === 'string') return cleanText(names.replaceAll(/DNS:|IP Address:/g, ''), 80);
  }
  return '';
}

/** The code of the innermost error: undici and similar layers wrap the error of the socket. */
function innermostCode(error: unknown): string | undefined {
  for (const at of causesOf(error)) {
    // undici's parser error often comes without its code.
    const code =
      systemErrorCode(at) ??
      (at instanceof Error && at.name === 'HTTPParserError' ? 'HPE_INVALID' : undefined);
    if (code !== undefined && code !== 'UND_ERR_ABORTED') return code;
  }
  return undefined;
}

/** An error, and what it wraps: undici and agents wrap the socket's own. */
function* causesOf(error: unknown): Generator<object> {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    yield at;
    at = 'cause' in at ? at.cause : undefined;
  }
}
