// The POST of a model: connect, send, receive. It uses node:http, because undici 7 ends a request at an unexpected
// `100 Continue` and refuses `Expect` (CASES B086). Everything else follows PROTOCOL 1.5 and RFC 9110/9112.
import type { ModelRequest, ModelResponse } from '../../core/ports/http.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { ModelConnection, type Way } from './model-connection.js';
import { transportFor } from './model-transport.js';
import { isHttp2, isNonsenseCode, networkError } from './network-error.js';
import type { HttpOptions } from './options.js';
import { connectionLost, unreadableHead } from './post-failures.js';
import { noTunnelError, noTunnelReason, proxyError, proxyFor } from './proxy.js';
import { discardBody, headersOf, receiveBody } from './receive-response.js';
import { ModelSending } from './send-model.js';

/** Larger models are announced first (`Expect: 100-continue`), so that a 401 comes before gigabytes are sent. */
const EXPECT_ABOVE = 1024 * 1024;

/**
 * Posts a model and returns as soon as a response begins. Throws BimServiceErrors whose `outcome` says whether bytes of
 * the model were sent: `not-sent` (none was sent, so it is safe to repeat) or `unknown`.
 */
export async function postModel(
  request: ModelRequest,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<ModelResponse> {
  signal.throwIfAborted();
  const asks = (request.length ?? 0) > EXPECT_ABOVE;
  const proxy = proxyFor(request.url, options.env);
  const way = { proxy, ...(await transportFor(request.url, proxy, options)) };
  const first = await postOnce(request, options, way, signal, asks);
  if (first.status !== 417 || !asks) return first;
  // The server does not support `Expect`. No byte of the model was sent, so a request without `Expect` is safe.
  await first.discard();
  return postOnce(request, options, way, signal, false);
}

/** One request on one new connection. */
async function postOnce(
  request: ModelRequest,
  options: HttpOptions,
  way: Way,
  signal: AbortSignal,
  asks: boolean,
): Promise<ModelResponse> {
  const connection = new ModelConnection(request, options, way, signal, asks);
  const sending = new ModelSending(connection, request, asks);
  try {
    const message = await connection.response;
    if (message.statusCode === 407 && way.proxy !== null) throw proxyError(way.proxy, 407, request.url, {});
    const body = receiveBody(message, connection, sending, request, signal);
    return {
      status: message.statusCode ?? 0,
      headers: headersOf(message),
      body,
      discard: () => discardBody(body, connection, signal),
    };
  } catch (error) {
    connection[Symbol.dispose]();
    throw failureOf(signal.aborted ? signal.reason : error, connection, sending);
  }
}

function failureOf(error: unknown, connection: ModelConnection, sending: ModelSending): unknown {
  if (error instanceof BimServiceError) {
    error.phase ??= connection.phase;
    error.outcome ??= sending.hasLeft ? 'unknown' : 'not-sent';
    return error;
  }
  const { url, proxy, phase, broken } = connection;
  if (proxy !== null && !connection.hasTunnel && url.startsWith('https:')) {
    const how = noTunnelReason(error, connection.limits.connectMs);
    if (how !== null) return noTunnelError(proxy, how, url, { phase: 'connect', cause: error });
  }
  if (!sending.hasLeft) return networkError(error, url, { phase: 'connect', outcome: 'not-sent' }, proxy);
  // A small model may be sent before the frames of an HTTP/2 server arrive; it cannot have run anything.
  if (isHttp2(error)) return networkError(error, url, { phase: 'upload', outcome: 'refused' });
  if (isNonsenseCode(systemErrorCode(error))) return unreadableHead(error, url);
  return connectionLost(broken ?? error, url, phase === 'wait' ? null : sending.bytesOut);
}
