// The states of many services, from one look at the store.
import type { Context } from '../../context.js';
import { type ServiceState, serviceState } from '../../core/authorization/service-state.js';
import { recordsOnce, shownCredentials } from '../../core/credentials/shown-credentials.js';
import type { RecordStore } from '../../core/ports/credentials.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { BimServiceError } from '../../errors.js';

export interface ServiceWithState {
  service: ListedService;
  state: ServiceState;
}

/** What is stored, as it is when `openStates` is called. */
export interface States {
  records: RecordStore;
  of(services: readonly ListedService[]): Promise<ServiceWithState[]>;
}

/** Reads the files of the store once. Other stores, and credentials in the environment, are asked for each service. */
export async function openStates(context: Context): Promise<States> {
  const once = context.hasListedFiles ? await recordsOnce(context.records).catch(unlisted) : null;
  const { reporter, runtime } = context;
  const ports = {
    store: once === null ? context.store : shownCredentials(once, (line) => reporter.warn(line)),
    reporter,
    runtime,
    environmentToken: context.environmentToken.bind(context),
  };
  return {
    records: once ?? context.records,
    of: (services) =>
      Promise.all(services.map(async (service) => ({ service, state: await serviceState(service, ports) }))),
  };
}

/** Where the folder cannot be read, each service has the warning. */
function unlisted(error: unknown): null {
  if (error instanceof BimServiceError && error.code === 'store-damaged') return null;
  throw error;
}
