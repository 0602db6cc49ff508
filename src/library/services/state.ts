// What is stored for services here, and whether a person has to consent before they can be used.
import type { ServiceState } from '../../core/authorization/service-state.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { Client } from '../client/client.js';
import { openStates } from './states.js';

/** The state of a service for this installation. */
export interface State {
  /**
   * `open`: it needs no token. `unregistered`, `registered`: it has none yet. `expired`: its token has ended; see
   * `isRefreshed`.
   */
  status: ServiceState['status'];
  /** In words, for people; empty when there is nothing to add. */
  detail: string;
  /** The next command of the program `bimservice` for it. */
  next: string;
  /** True when a person must consent before anything can be sent. */
  needsConsent: boolean;
  /** True when the token is refreshed at the end of its life, so that no person is needed. */
  isRefreshed: boolean;
}

/** A service with its state. */
export interface StateOfService {
  service: ListedService;
  state: State;
}

/**
 * The states of many services, from one look at the store. Sends no request. Throws BimServiceErrors of the store, and `usage` for
 * a given token that cannot be used.
 */
export async function states(client: Client, services: readonly ListedService[]): Promise<StateOfService[]> {
  using ports = Client.call(client, undefined);
  const found = await (await openStates(ports)).of(services);
  return found.map(({ service, state: { status, detail, next, needsConsent, isRefreshed } }) => ({
    service,
    state: { status, detail, next, needsConsent, isRefreshed },
  }));
}

/** The state of one service. Throws like `states`. */
export async function state(client: Client, service: ListedService): Promise<State> {
  const [found] = await states(client, [service]);
  if (found === undefined) throw new TypeError('a service has no state');
  return found.state;
}
