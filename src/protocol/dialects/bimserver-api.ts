// BIMserver's JSON API: all calls share one envelope (PROTOCOL 1.8).
import { BimServiceError, type ErrorDetails } from '../../errors.js';
import { redact, type Secret } from '../../secret.js';
import { type PostRequest, readFields, type WholeResponse } from '../oauth/response-text.js';
import { cleanText } from '../text/clean-text.js';
import { objectOf } from '../text/json-object.js';

export interface ApiCall {
  interface: 'AuthInterface' | 'PluginInterface' | 'OAuthInterface' | 'ServiceInterface';
  method: string;
  parameters: Record<string, unknown>;
}

export type ApiResponse =
  | { kind: 'result'; value: unknown }
  /** Exceptions come with status 200; the message is cleaned. */
  | { kind: 'exception'; message: string };

/** `token`: the token of the login session; null for the login itself. */
export function apiRequest(url: string, call: ApiCall, token: Secret | null): PostRequest {
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ ...(token === null ? {} : { token: token.reveal() }), request: call }),
  };
}

const OF_LOGIN: ErrorDetails = {
  phase: 'authorize',
  hint: 'Authorize in a browser instead: leave --user out.',
};

/** Throws `service-nonsense` for a response that is not from this API, `service-failed` for a 5xx status; with `details`. */
export function readApiResponse(
  response: WholeResponse,
  url: string,
  details: ErrorDetails = OF_LOGIN,
): ApiResponse {
  const fields = readFields(response);
  const envelope = objectOf(fields?.get('response'));
  const exception = objectOf(envelope?.exception ?? fields?.get('exception'));
  if (exception !== null) {
    const message =
      typeof exception.message === 'string' ? exception.message : 'an exception without a message';
    return { kind: 'exception', message: cleanText(redact(message), 160) };
  }
  if (response.status === 200 && envelope !== null && Object.hasOwn(envelope, 'result'))
    return { kind: 'result', value: envelope.result };
  const { host } = new URL(url);
  throw new BimServiceError(
    response.status >= 500 ? 'service-failed' : 'service-nonsense',
    `${host} does not respond like BIMserver's JSON API (status ${response.status}, ${response.body.byteLength} bytes)`,
    details,
  );
}

/**
 * Asks for the configuration that models are posted to, with the token of the service: the server refuses an unknown token, and a
 * configuration that is gone (PROTOCOL 1.12). Of a `resourceUrl` without the number of one it asks only about the token.
 */
export function tokenQuestion(url: string, resourceUrl: string, token: Secret): PostRequest {
  const soid = /\/services\/(\d+)$/.exec(new URL(resourceUrl).pathname)?.[1];
  const call: ApiCall =
    soid === undefined
      ? { interface: 'AuthInterface', method: 'isLoggedIn', parameters: {} }
      : { interface: 'PluginInterface', method: 'getInternalServiceById', parameters: { oid: Number(soid) } };
  return apiRequest(url, call, token);
}

/** Why the response to `tokenQuestion` means that no run is possible; null where it does not say that. */
export function refusalIn(response: WholeResponse): string | null {
  const fields = readFields(response);
  const exception = objectOf(objectOf(fields?.get('response'))?.exception ?? fields?.get('exception'));
  if (exception?.__type === 'AuthenticationException') return 'does not know the token';
  const { message } = exception ?? {};
  const isGone = typeof message === 'string' && message.startsWith('No InternalServicePluginConfiguration');
  return isGone ? 'has no such configuration of the service any more' : null;
}

/** A user's own configuration of a service: `oid` is the soid that models are posted to. */
export interface Configuration {
  oid: string;
  name: string;
}

/** The configurations in a result. Disabled ones are left out, because the server does not filter them. */
export function readConfigurations(value: unknown): Configuration[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const fields = objectOf(entry);
    const oid = oidOf(entry);
    if (fields === null || oid === null || fields.enabled === false) return [];
    return [{ oid, name: typeof fields.name === 'string' ? fields.name : oid }];
  });
}

/** The `oid` of an object, or an oid by itself; as digits. */
export function oidOf(value: unknown): string | null {
  const oid = objectOf(value)?.oid ?? value;
  if (typeof oid === 'number' && Number.isSafeInteger(oid)) return String(oid);
  return typeof oid === 'string' && /^\d+$/.test(oid) ? oid : null;
}
