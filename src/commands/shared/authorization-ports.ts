// The adapters that registration, authorization and token share.
import type { Context } from '../../context.js';
import type { DevicePorts } from '../../core/authorization/authorize-device.js';
import type { TokenPorts } from '../../core/authorization/obtain-token.js';
import type { RegisterPorts } from '../../core/authorization/register.js';
import { systemTimer } from '../../io/login/timer.js';

export async function authorizationPorts(
  context: Context,
): Promise<RegisterPorts & TokenPorts & DevicePorts> {
  const { config, reporter, store, runtime } = context;
  const { clock, random } = runtime;
  return {
    http: await context.http(),
    // A browser that is given in code, as the demo's, reads the page once.
    openListener: async (options) =>
      (await context.openListener())({ ...options, keepsPage: runtime.browser === undefined }),
    store,
    config,
    clock,
    random,
    timer: systemTimer,
    reporter,
  };
}
