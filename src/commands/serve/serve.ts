// `serve`: be a provider, until a signal says to stop.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { createRateLimits } from '../../serve/http/limits.js';
import { createMetrics } from '../../serve/metrics.js';
import { Users } from '../../serve/oauth/users.js';
import type { Provider } from '../../serve/provider.js';
import { createCommandRunner } from '../../serve/runs/command-runner.js';
import type { RunQueue } from '../../serve/runs/run-queue.js';
import type { LoggedEvent, ServedService } from '../../serve/service/served-service.js';
import { keepHeapSmall } from '../../serve/small-heap.js';
import { type ServerStore, StoreError } from '../../serve/store/port.js';
import type { SqliteStore } from '../../serve/store/sqlite.js';
import type { NatsFlags } from './nats-link.js';
import { nextCommands } from './next-commands.js';
import { onReload } from './on-reload.js';
import { asDataError, dataFolder, lockData, openData, openWorkFolders, SQLITE_NEEDED } from './serve-data.js';
import { type LogForm, openServeLog } from './serve-log.js';
import {
  checkExposure,
  checkNetwork,
  type NetworkFlags,
  networkOptions,
  readRedirectHosts,
  startOnNetwork,
} from './serve-network.js';
import { type ExecFlags, loadServedServices } from './serve-services.js';
import { untilStopped } from './until-stopped.js';

export interface ServeFlags extends ExecFlags, NatsFlags, NetworkFlags {
  attempts: number;
  data?: string;
  tokenLife?: number;
  queue: number;
  log: LogForm;
  check?: boolean;
}

export async function serveCommand(context: Context, [file]: string[], flags: ServeFlags): Promise<void> {
  const log = openServeLog(context, flags.log);
  await using runner = createCommandRunner(context.runtime.processes);
  const load = () =>
    loadServedServices(context, file, flags, flags.nats === undefined ? runner.run : 'elsewhere');
  const services = await load();
  checkNetwork(flags);
  if (flags.sharedFolder !== undefined && flags.nats === undefined) {
    throw new BimServiceError('usage', '--shared-folder is for many machines: --nats is missing');
  }
  const redirectHosts = readRedirectHosts(flags);
  if (flags.check === true) return showCheck(context, services);
  keepHeapSmall();
  const folder = await dataFolder(context, flags.data);
  const isPractice = file === undefined && flags.exec === undefined && flags.data === undefined;
  await using data =
    flags.nats === undefined
      ? await openServeData(context, folder, isPractice)
      : await openSharedData(context, folder, flags.nats, flags);
  const users = data.store === null ? null : new Users(data.store, () => context.runtime.clock.now());
  const names = users === null ? [] : await users.list().catch(refuseData);
  checkExposure(context, flags, names.length);
  await using provider = await startOnNetwork({
    ...networkOptions(context, flags),
    services,
    log,
    metrics: createMetrics(),
    limits: createRateLimits(),
    ...(flags.tokenLife === undefined ? {} : { tokenMs: flags.tokenLife }),
    redirectHosts,
    queueLimit: flags.queue,
    ...(data.store === null ? {} : { store: data.store, folders: await openWorkFolders(context, folder) }),
    ...(data.openQueue === undefined ? {} : { queue: await data.openQueue(log) }),
    ...(data.isReady === undefined ? {} : { isReady: data.isReady }),
    ...(users !== null && names.length > 0 ? { users } : {}),
  });
  context.runtime.processes.takeTime();
  using _reloading = onReload(context, async () => {
    await provider.reloadTls();
    const changed = await load();
    provider.setServices(changed);
    return changed.map(({ id }) => id);
  });
  await announce(context, provider, services, { form: flags.log, isKept: data.store !== null });
  await untilStopped(context);
  await provider.drain();
}

interface ServeData extends AsyncDisposable {
  /** Null: everything is in memory. */
  readonly store: ServerStore | null;
  /** The queue of many machines. */
  readonly openQueue?: (log: (event: LoggedEvent) => void) => Promise<RunQueue>;
  /** Whether requests can be served now. */
  readonly isReady?: () => boolean;
}

/** The store and the queue on NATS; the folder is for the models and results of this front end only. */
async function openSharedData(
  context: Context,
  folder: string,
  servers: string,
  flags: ServeFlags,
): Promise<ServeData> {
  const { openNatsData, openQueue } = await import('./nats-data.js');
  const { openSharedFolder } = await import('./shared-folder.js');
  const { queue: limit, attempts } = flags;
  const shared = await openSharedFolder(context, flags);
  const lock = await lockData(context, folder);
  try {
    const { link, store } = await openNatsData(context, servers, flags);
    return {
      store,
      openQueue: (log) => openQueue(link, { limit, attempts, shared }, log),
      isReady: () => link.isUp,
      async [Symbol.asyncDispose]() {
        await link[Symbol.asyncDispose]();
        await lock[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/** For practice a Node without SQLite is enough: then nothing is kept, and `announce` says so. */
async function openServeData(context: Context, folder: string, isPractice: boolean): Promise<ServeData> {
  let store: SqliteStore;
  try {
    store = await openData(context, folder);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (!isPractice) throw asDataError(error);
    return { store: null, async [Symbol.asyncDispose]() {} };
  }
  try {
    const lock = await lockData(context, folder);
    return {
      store,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await lock[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function announce(
  context: Context,
  provider: Provider,
  services: readonly ServedService[],
  { form, isKept }: { form: LogForm; isKept: boolean },
): Promise<void> {
  const { origin, repositoryUrl } = provider;
  const ids = services.map(({ id }) => id);
  if (context.json) return context.printJson({ origin, repositoryUrl, services: ids });
  const lines = [
    ...nextCommands(origin, repositoryUrl, ids),
    ...(isKept ? [] : [`Clients and tokens are forgotten when it ends. To keep them: ${SQLITE_NEEDED}`]),
  ];
  // The others are commands for a person.
  for (const line of form === 'json' ? lines.slice(0, 1) : lines) context.reporter.info(line);
}

async function showCheck(context: Context, services: readonly ServedService[]): Promise<void> {
  const ids = services.map(({ id }) => id);
  if (context.json) return context.printJson({ services: ids });
  context.reporter.info(`${ids.length === 1 ? 'This service' : 'These services'} can be served:`);
  await context.print(`${ids.join('\n')}\n`);
}

function refuseData(error: unknown): never {
  throw asDataError(error);
}
