// Step 2 on another device: the person types a code there (RFC 8628).
import { authorizeDevice as onDevice } from '../../core/authorization/authorize-device.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import type { Client } from '../client/client.js';
import { authorizationPorts } from './authorization-ports.js';
import { type Authorized, type ConsentOptions, consenting } from './authorize.js';

/**
 * Gives the event `code`, and waits until the person has typed it on any device. Throws BimServiceErrors `service-refused` when the
 * server does not support it, and those of `authorize`.
 */
export function authorizeDevice(
  client: Client,
  service: ListedService,
  options: ConsentOptions = {},
): Promise<Authorized> {
  return consenting(client, service, options, async (ports, input) =>
    onDevice(
      input,
      {
        ...(await authorizationPorts(ports)),
        onCode: ({ page, userCode, directPage }) => {
          // A server that gives no code leaves nothing to wait for.
          options.onEvent?.({ event: 'waiting', waitMs: input.waitMs });
          options.onEvent?.({ event: 'code', page, code: userCode, directPage });
        },
      },
      ports.signal,
    ),
  );
}
