// The device authorization (RFC 8628 3.1, 3.2): requests a code that a person types on another device, and reads the response.
import { BimServiceError } from '../../errors.js';
import { Secret } from '../../secret.js';
import { checkEndpoint } from '../repository/addresses.js';
import { cleanText } from '../text/clean-text.js';
import { readNumber } from './lifetimes.js';
import {
  oauthErrorOf,
  type PostRequest,
  type ResponseFields,
  readFields,
  textField,
  type WholeResponse,
} from './response-text.js';
import { clientRequest, type TokenClient } from './token.js';

/** RFC 8628 3.2: the pause when the server names none. */
const DEFAULT_INTERVAL_MS = 5000;

/** A server that requests no pause is polled at most once a second. */
const MIN_INTERVAL_MS = 1000;

export interface DeviceAuthorization {
  deviceCode: Secret;
  /** What the person types; cleaned. */
  userCode: string;
  /** The address that the person opens, and the one that includes the code; both are safe to show (CASES B029). */
  page: string;
  directPage: string | null;
  /** Null: the server does not say. */
  lifetimeMs: number | null;
  intervalMs: number;
}

export type DeviceAuthorizationResponse =
  | { kind: 'device'; device: DeviceAuthorization }
  /** `oauthError` is the name of RFC 6749 5.2. */
  | { kind: 'refused'; oauthError: string };

export function deviceAuthorizationRequest(
  url: string,
  { client, scope }: { client: TokenClient; scope: string | null },
): PostRequest {
  return clientRequest(url, client, scope === null ? {} : { scope }, 'form');
}

/**
 * Throws `service-nonsense` when the response is not that of RFC 8628, `service-failed` for a 5xx status, and
 * `unsafe-address` for a page that no person should open.
 */
export function readDeviceAuthorization(response: WholeResponse, url: string): DeviceAuthorizationResponse {
  const fields = readFields(response);
  const oauth = oauthErrorOf(fields);
  if (oauth !== null && response.status < 500) return { kind: 'refused', oauthError: oauth.error };
  const device = response.status === 200 && fields !== null ? deviceIn(fields) : null;
  if (device !== null) return { kind: 'device', device };
  throw new BimServiceError(
    response.status >= 500 ? 'service-failed' : 'service-nonsense',
    `${new URL(url).host} did not respond to the device authorization request as RFC 8628 says (status ${response.status})`,
    { phase: 'authorize', hint: 'Try again later, or without --device.' },
  );
}

function deviceIn(fields: ResponseFields): DeviceAuthorization | null {
  const deviceCode = textField(fields, 'device_code');
  const userCode = textField(fields, 'user_code');
  const page = textField(fields, 'verification_uri');
  if (deviceCode === null || userCode === null || page === null) return null;
  const direct = textField(fields, 'verification_uri_complete');
  const seconds = readNumber(fields.get('expires_in'));
  const interval = readNumber(fields.get('interval'));
  return {
    deviceCode: new Secret(deviceCode),
    userCode: cleanText(userCode, 40),
    page: pageAddress(page),
    directPage: direct === null ? null : pageAddress(direct),
    lifetimeMs: seconds === null || seconds <= 0 ? null : seconds * 1000,
    intervalMs: interval === null ? DEFAULT_INTERVAL_MS : Math.max(MIN_INTERVAL_MS, interval * 1000),
  };
}

/** Only web pages are shown to a person. The page may be on any host, but plain http only on this machine. */
function pageAddress(address: string): string {
  return checkEndpoint(address, { insecure: false }).href;
}
