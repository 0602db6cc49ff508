// Steps 2 and 3 when this machine has no browser: the person types a code into a page on another device (RFC 8628).
import { BimServiceError } from '../../errors.js';
import {
  type DeviceAuthorization,
  deviceAuthorizationRequest,
  readDeviceAuthorization,
} from '../../protocol/oauth/device-authorization.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { AccessToken, Registration } from '../ports/credentials.js';
import type { Timer } from '../ports/system.js';
import type { AuthorizeInput } from './authorize.js';
import { findMetadata } from './find-metadata.js';
import { obtainToken, type TokenPorts, type TokenResult } from './obtain-token.js';
import { endpointsOf, goodRegistrations, type RegisterPorts, register } from './register.js';
import { rememberClient } from './remember-client.js';

export interface DevicePorts extends RegisterPorts, TokenPorts {
  timer: Timer;
  /** Called with the code that the person has to type. */
  onCode?: (code: Pick<DeviceAuthorization, 'page' | 'userCode' | 'directPage'>) => void;
}

/** RFC 8628 3.5: every `slow_down` adds this to the pause. */
const SLOW_DOWN_MS = 5000;

/** One login on another device, with the client that requests it. */
interface DeviceLogin {
  input: AuthorizeInput;
  deviceUrl: string;
  registration: Registration;
}

/**
 * Lets the person consent on another device, and stores the token. Throws `service-refused` when the server does not
 * support it, `access-denied`, `consent-timeout`, and the errors of registration and network.
 */
export async function authorizeDevice(
  input: AuthorizeInput,
  ports: DevicePorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { service } = input;
  const deviceUrl = (await findMetadata(service, ports.http, signal))?.deviceUrl ?? null;
  if (deviceUrl === null) {
    throw new BimServiceError(
      'service-refused',
      `the OAuth server of ${service.id} does not support --device`,
      {
        service: service.id,
        phase: 'authorize',
        hint: `Over SSH: bimservice authorize ${service.id} --no-browser --paste`,
      },
    );
  }
  const [stored] = await goodRegistrations(endpointsOf(service), ports);
  if (stored !== undefined) {
    const token = await consent({ input, deviceUrl, registration: stored }, ports, signal);
    if (token !== null) return token;
    ports.reporter.debug('the registration does not cover this grant: registering again');
  }
  // This grant does not use the redirect address; the next login in a browser listens on it.
  const { registration } = await register({ ...input, force: true, needs: { device: true } }, ports, signal);
  const token = await consent({ input, deviceUrl, registration }, ports, signal);
  if (token !== null) return token;
  throw denied(service, 'unauthorized_client');
}

/** Null when the server refuses the client; another registration may then work. */
async function consent(
  login: DeviceLogin,
  ports: DevicePorts,
  signal: AbortSignal,
): Promise<AccessToken | null> {
  const { service, waitMs } = login.input;
  const device = await requestCode(login, ports, signal);
  if (device === null) return null;
  const direct = device.directPage === null ? '' : `\n  (or directly: ${device.directPage})`;
  ports.reporter.instruct(
    `On any device, open this address and type the code:\n\n  ${device.page}\n  ${device.userCode}${direct}\n`,
  );
  ports.onCode?.(device);
  const end = ports.clock.monotonic() + Math.min(device.lifetimeMs ?? waitMs, waitMs);
  let pauseMs = device.intervalMs;
  for (;;) {
    if (ports.clock.monotonic() + pauseMs > end) throw tooLate(service);
    await ports.timer.sleep(pauseMs, signal);
    const result = await poll(login, device, ports, signal);
    if (result === 'unavailable') pauseMs *= 2;
    else if (result.kind === 'token') return result.token;
    else if (result.oauthError === 'slow_down') pauseMs += SLOW_DOWN_MS;
    else if (result.oauthError === 'expired_token') throw tooLate(service);
    else if (result.oauthError === 'access_denied') throw denied(service, 'access_denied');
    else if (result.oauthError !== 'authorization_pending') throw result.error;
  }
}

/** Null when the server does not allow this grant for the client. */
async function requestCode(
  { input: { service }, deviceUrl, registration }: DeviceLogin,
  ports: DevicePorts,
  signal: AbortSignal,
): Promise<DeviceAuthorization | null> {
  const request = deviceAuthorizationRequest(deviceUrl, {
    client: registration,
    scope: service.scope ?? null,
  });
  const response = readDeviceAuthorization(await ports.http.request(request, signal), deviceUrl);
  if (response.kind === 'device') return response.device;
  const { oauthError } = response;
  if (oauthError === 'invalid_client') {
    await rememberClient(endpointsOf(service), { ...registration, doubtful: true }, ports, signal);
  }
  if (oauthError === 'unauthorized_client' || oauthError === 'invalid_client') return null;
  throw denied(service, cleanText(oauthError, 60));
}

/** One request to the token endpoint. A network that fails now may work again later (RFC 8628 3.5). */
async function poll(
  { input: { service }, registration }: DeviceLogin,
  { deviceCode }: DeviceAuthorization,
  ports: DevicePorts,
  signal: AbortSignal,
): Promise<TokenResult | 'unavailable'> {
  const grant = { type: 'device_code', deviceCode } as const;
  try {
    const result = await obtainToken(service, registration, { grant }, ports, signal);
    const isAway = result.kind === 'refused' && result.error.code === 'service-failed';
    return isAway ? 'unavailable' : result;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BimServiceError && error.code === 'unreachable') return 'unavailable';
    throw error;
  }
}

function denied(service: Service, error: string): BimServiceError {
  return new BimServiceError('access-denied', `${service.id} was not authorized (${error})`, {
    service: service.id,
    phase: 'authorize',
    hint: `To try again: bimservice authorize ${service.id} --device`,
  });
}

function tooLate(service: Service): BimServiceError {
  return new BimServiceError('consent-timeout', `no one typed the code for ${service.id} in time`, {
    service: service.id,
    phase: 'authorize',
    hint: `bimservice authorize ${service.id} --device (--wait 15m for more time, if the server allows it)`,
  });
}
