// The adapters that registration, authorization and token share.
import type { DevicePorts } from '../../core/authorization/authorize-device.js';
import type { TokenPorts } from '../../core/authorization/obtain-token.js';
import type { RegisterPorts } from '../../core/authorization/register.js';
import { systemTimer } from '../../io/login/timer.js';
import type { Ports } from '../client/ports.js';

export async function authorizationPorts(ports: Ports): Promise<RegisterPorts & TokenPorts & DevicePorts> {
  const { config, reporter, store, clock, random, openListener } = ports;
  return {
    http: await ports.http(),
    openListener,
    store,
    config,
    clock,
    random,
    timer: systemTimer,
    reporter,
  };
}
