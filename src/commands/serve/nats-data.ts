// The parts of `serve --nats`: the store and the queue of many machines.
import type { Context } from '../../context.js';
import { openNatsStore } from '../../serve/nats/kv-store.js';
import type { Link } from '../../serve/nats/link.js';
import { openNatsQueue } from '../../serve/nats/nats-queue.js';
import type { SharedFiles } from '../../serve/nats/shared-files.js';
import { TIMINGS } from '../../serve/nats/wire.js';
import type { RunQueue } from '../../serve/runs/run-queue.js';
import type { LoggedEvent } from '../../serve/service/served-service.js';
import type { ServerStore } from '../../serve/store/port.js';
import { type NatsFlags, natsFailure, openLink } from './nats-link.js';

export interface NatsData {
  readonly link: Link;
  readonly store: ServerStore;
}

/** The caller disposes the link. Throws BimServiceError. */
export async function openNatsData(context: Context, servers: string, flags: NatsFlags): Promise<NatsData> {
  const link = await openLink(context, servers, flags);
  try {
    const store = await openNatsStore(link, () => context.runtime.clock.now());
    return { link, store };
  } catch (error) {
    await link[Symbol.asyncDispose]();
    throw natsFailure(error instanceof Error && error.cause !== undefined ? error.cause : error);
  }
}

/** Throws BimServiceError. */
export async function openQueue(
  link: Link,
  {
    limit,
    attempts,
    shared,
  }: { readonly limit: number; readonly attempts: number; readonly shared: SharedFiles | undefined },
  log: (event: LoggedEvent) => void,
): Promise<RunQueue> {
  try {
    return await openNatsQueue({ link, limit, attempts, shared, timings: TIMINGS, log });
  } catch (error) {
    throw natsFailure(error);
  }
}
