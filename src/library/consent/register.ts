// Step 1: introduces this installation to the server of a service, once.
import { type ClientOptions, register as registerClient } from '../../core/authorization/register.js';
import type { Registration } from '../../core/ports/credentials.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { Client } from '../client/client.js';
import { orMoved } from '../services/moved.js';
import { authorizationPorts } from './authorization-ports.js';

export interface RegisterOptions {
  /** How this installation describes itself to the server; absent members have defaults. */
  description?: ClientOptions;
  /** The port of the redirect address; absent: any free port. */
  port?: number;
  /** True: registers even when a valid registration is stored. */
  force?: boolean;
  /** Ends it with the error `interrupted`. */
  signal?: AbortSignal;
}

export interface Registered {
  /** As the list has it now. */
  service: ListedService;
  /** With the secret of this client. */
  registration: Registration;
  /** False: it was stored before. */
  isNew: boolean;
}

/**
 * The stored registration at the server of `service`, or a new one, which is then stored. Throws BimServiceErrors `usage` for an
 * open service, `not-registered` when the server takes no registrations, `port-busy`, and those of network and store.
 */
export async function register(
  client: Client,
  service: ListedService,
  options: RegisterOptions = {},
): Promise<Registered> {
  using ports = Client.call(client, options.signal);
  const { description = {}, port = null, force = false } = options;
  const adapters = await authorizationPorts(ports);
  return await orMoved(ports, service, async (now) => ({
    service: now,
    ...(await registerClient({ service: now, client: description, port, force }, adapters, ports.signal)),
  }));
}
