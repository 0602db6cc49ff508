// Step 2 at a BIMserver with the name and the password of a user, without a browser.
import { authorizeUser as asUser } from '../../core/authorization/authorize-user.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { Secret } from '../../secret.js';
import type { Client } from '../client/client.js';
import { authorizationPorts } from './authorization-ports.js';
import { type Authorized, type ConsentOptions, consenting } from './authorize.js';
import { confirmPasswordHost } from './confirm-hosts.js';

export interface AuthorizeUserOptions extends ConsentOptions {
  user: string;
  /** Called once, when the password is needed. It is used once and not stored. */
  password: () => string | Promise<string>;
  /** Name or id of the configuration of the service that the user has made; absent: the only one, or the one of `choose`. */
  configuration?: string;
  /** Selects one of several configurations, by its position. Absent: several are an error, `input-needed`. */
  choose?: (names: string[]) => Promise<number>;
}

/** Throws BimServiceErrors `usage` for a service that is at no BIMserver, and those of `authorize`. */
export function authorizeUser(
  client: Client,
  service: ListedService,
  options: AuthorizeUserOptions,
): Promise<Authorized> {
  return consenting(client, service, options, async (ports, input) => {
    const { user, password, configuration = null, choose = null } = options;
    await confirmPasswordHost(input.service, options.agree);
    return asUser(
      { ...input, user, configuration },
      {
        ...(await authorizationPorts(ports)),
        askPassword: async () => new Secret(await password()),
        choose,
      },
      ports.signal,
    );
  });
}
