// The states of many services, from one look at the store.
import { type ServiceState, serviceState } from '../../core/authorization/service-state.js';
import { recordsOnce, shownCredentials } from '../../core/credentials/shown-credentials.js';
import type { RecordStore } from '../../core/ports/credentials.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { BimServiceError } from '../../errors.js';
import type { Ports } from '../client/ports.js';

export interface ServiceWithState {
  service: ListedService;
  state: ServiceState;
}

/** What is stored, as it is when `openStates` is called. */
export interface States {
  /** The records of that look; null where the store cannot be listed. */
  records: RecordStore | null;
  of(services: readonly ListedService[]): Promise<ServiceWithState[]>;
}

/** Reads a store of files once. Other stores, and credentials that are given, are asked for each service. */
export async function openStates(ports: Ports): Promise<States> {
  const { listed, reporter, clock } = ports;
  const once = listed === null ? null : await recordsOnce(listed).catch(unlisted);
  const own = {
    store: once === null ? ports.store : shownCredentials(once, (line) => reporter.warn(line)),
    reporter,
    runtime: { clock },
    environmentToken: (service: ListedService) => ports.givenToken(service),
  };
  return {
    records: once,
    of: (services) =>
      Promise.all(services.map(async (service) => ({ service, state: await serviceState(service, own) }))),
  };
}

/** Where the folder cannot be read, each service has the warning. */
function unlisted(error: unknown): null {
  if (error instanceof BimServiceError && error.code === 'store-damaged') return null;
  throw error;
}
