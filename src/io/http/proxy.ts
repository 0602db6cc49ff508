// Finds the proxy for an address (from the usual variables; loopback is always direct; CASES B100), and explains the
// refusals of a proxy.
import { BimServiceError, type ErrorDetails, messageOf, systemErrorCode } from '../../errors.js';
import { hostOf, isLoopback } from '../../protocol/repository/addresses.js';
import { registerSecret } from '../../secret.js';
import { proxyVariable, type Variables } from './proxy-variables.js';

export interface ProxyServer {
  /** `http://HOST:PORT/` or `https://HOST:PORT/`, without user and password, so it can be shown. */
  url: string;
  /** The value of `Proxy-Authorization` (RFC 7617), or null when the variable names no user. */
  authorization: string | null;
}

/**
 * The proxy for `address` from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (in lower or upper case) of `env`, or null
 * for a direct connection. Throws BimServiceError `proxy-failed` when the variable has no usable address.
 */
export function proxyFor(address: string, env: Variables): ProxyServer | null {
  const target = new URL(address);
  if (isLoopback(target.hostname)) return null;
  const value = proxyVariable(target, env);
  if (value === null) return null;
  // HTTPS_PROXY=proxy:3128 means plain http to the proxy, as for other programs.
  const configured = value.includes('://') ? value : `http://${value}`;
  const variable = target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  if (!URL.canParse(configured)) throw invalidProxyError(variable, 'it is not an address');
  const proxy = new URL(configured);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')
    throw invalidProxyError(
      variable,
      `${proxy.protocol.slice(0, -1)} proxies are not supported, only http and https`,
    );
  // `http://user:1/2@proxy` parses as the host `user` with a path.
  if (/@/.test(proxy.pathname + proxy.search + proxy.hash))
    throw invalidProxyError(variable, 'its password has a character that must be escaped');
  return { url: `${proxy.protocol}//${proxy.host}/`, authorization: authorizationOf(proxy) };
}

/**
 * A 407, or a refused CONNECT: the fault is the proxy's and not the service's. No part of the request has passed the
 * proxy, so the outcome is `not-sent`.
 */
export function proxyError(
  { url, authorization }: ProxyServer,
  status: number,
  target: string,
  details: ErrorDetails,
): BimServiceError {
  const at = hostOf(url);
  const failed = (words: string, hint: string) =>
    new BimServiceError('proxy-failed', `the proxy ${at} ${words} (${status})`, {
      ...details,
      phase: details.phase ?? 'connect',
      outcome: 'not-sent',
      hint,
    });
  if (status === 407) {
    return authorization === null
      ? failed(
          'requires a user and a password',
          'Put them into the proxy variable: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT (characters such as @ : / % escaped, %40 for @).',
        )
      : failed(
          'did not accept the user and the password',
          'Check them in the proxy variable; characters such as @ : / % in them are written %40 %3A %2F %25.',
        );
  }
  if (status >= 500)
    return failed(
      `did not reach ${hostOf(target)}`,
      'The service, or the network behind the proxy, may be down: try again later.',
    );
  return failed(
    `refused the connection to ${hostOf(target)}`,
    'Ask the operator of the proxy to allow it, or name the host in NO_PROXY when it is on your own network.',
  );
}

/** Codes of a connection that the other side closed, of sockets and of undici. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_INFO']);

/** Why a CONNECT got no response within `limitMs`, or null when `error` says something else. */
export function noTunnelReason(error: unknown, limitMs: number): string | null {
  const code = systemErrorCode(error);
  if (code === 'ETIMEDOUT') return `no response within ${limitMs / 1000} s`;
  // https-proxy-agent reports the end of the connection only in words.
  const isClosed = code === undefined ? /ended before receiving/.test(messageOf(error)) : CLOSED.has(code);
  return isClosed ? 'it closed the connection without a response' : null;
}

/** The error for a CONNECT that got no response; `how` ends the sentence. No part of the request was sent. */
export function noTunnelError(
  { url }: ProxyServer,
  how: string,
  target: string,
  details: ErrorDetails,
): BimServiceError {
  return new BimServiceError(
    'proxy-failed',
    `the proxy ${hostOf(url)} made no connection to ${hostOf(target)}: ${how}`,
    {
      ...details,
      phase: details.phase ?? 'connect',
      outcome: 'not-sent',
      hint: 'Check the port in HTTPS_PROXY: it may belong to another program. Name a host that is reached without the proxy in NO_PROXY.',
    },
  );
}

/** The error for an unusable proxy variable. Its value may contain a password, so it is not shown. */
function invalidProxyError(variable: string, why: string): BimServiceError {
  return new BimServiceError(
    'proxy-failed',
    `the proxy in ${variable} (or ALL_PROXY) cannot be used: ${why}`,
    {
      outcome: 'not-sent',
      hint: `Write it as ${variable}=http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with characters such as @ : / # escaped (%40 for @).`,
    },
  );
}

function authorizationOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const credentials = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  // No message, log line or stack shows them.
  for (const value of [credentials, password, decoded(password)]) registerSecret(value);
  return `Basic ${credentials}`;
}

/** The percent-decoded text; unchanged when a `%` is meant literally. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
