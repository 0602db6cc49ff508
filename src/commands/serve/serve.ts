// `serve`: be a provider, until a signal says to stop.
import type { Context } from '../../context.js';
import { BimServiceError, messageOf, systemErrorCode } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { createRateLimits } from '../../serve/http/limits.js';
import { isLoopbackHost } from '../../serve/http/loopback.js';
import { createMetrics } from '../../serve/metrics.js';
import { type RedirectHosts, readRedirectHost } from '../../serve/oauth/redirect-uri.js';
import { Users } from '../../serve/oauth/users.js';
import { type Provider, type ProviderOptions, startProvider } from '../../serve/provider.js';
import { createCommandRunner } from '../../serve/runs/command-runner.js';
import type { RunQueue } from '../../serve/runs/run-queue.js';
import type { LoggedEvent, ServedService } from '../../serve/service/served-service.js';
import { keepHeapSmall } from '../../serve/small-heap.js';
import { type ServerStore, StoreError } from '../../serve/store/port.js';
import type { SqliteStore } from '../../serve/store/sqlite.js';
import type { NatsFlags } from './nats-link.js';
import { nextCommands } from './next-commands.js';
import { onReload } from './on-reload.js';
import { asDataError, dataFolder, lockData, openData, openWorkFolders } from './serve-data.js';
import { createServeLog, type LogForm } from './serve-log.js';
import { type ExecFlags, loadServedServices } from './serve-services.js';
import { untilStopped } from './until-stopped.js';

export interface ServeFlags extends ExecFlags, NatsFlags {
  attempts: number;
  host: string;
  port: number;
  data?: string;
  publicUrl?: string;
  tlsCert?: string;
  tlsKey?: string;
  tokenLife?: number;
  allowRedirectHost?: string[];
  queue: number;
  log: LogForm;
  check?: boolean;
}

export async function serveCommand(context: Context, [file]: string[], flags: ServeFlags): Promise<void> {
  await using runner = createCommandRunner(context.runtime.processes);
  const load = () =>
    loadServedServices(context, file, flags, flags.nats === undefined ? runner.run : 'elsewhere');
  const services = await load();
  checkFlags(flags);
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
  const log = createServeLog(
    flags.log,
    () => context.runtime.clock.now(),
    (line) => context.runtime.stderr.write(`${line}\n`),
  );
  await using provider = await start(context, folder, {
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
  await announce(context, provider, services);
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

/** For practice a Node without SQLite is enough: then nothing is kept, and a line says so. */
async function openServeData(context: Context, folder: string, isPractice: boolean): Promise<ServeData> {
  let store: SqliteStore;
  try {
    store = await openData(context, folder);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (!isPractice) throw asDataError(error);
    context.reporter.warn(`registrations and tokens are kept in memory only: ${error.message}`);
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

function checkFlags({ tlsCert, tlsKey, publicUrl, host, nats, sharedFolder }: ServeFlags): void {
  if (sharedFolder !== undefined && nats === undefined) {
    throw new BimServiceError('usage', '--shared-folder is for many machines: --nats is missing');
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new BimServiceError('usage', '--tls-cert and --tls-key belong together: one of them is missing');
  }
  if ((host === '0.0.0.0' || host === '::') && publicUrl === undefined) {
    throw new BimServiceError(
      'usage',
      `--host ${host} is every address of this machine, and clients need one`,
      {
        hint: 'Say which: --public-url https://bim.example.org',
      },
    );
  }
  if (publicUrl === undefined) return;
  if (!URL.canParse(publicUrl) || !/^https?:$/.test(new URL(publicUrl).protocol)) {
    throw new BimServiceError('usage', '--public-url takes an address such as https://bim.example.org');
  }
  const { pathname, search, hash, username, password } = new URL(publicUrl);
  if (pathname + search + hash + username + password !== '/') {
    throw new BimServiceError('usage', '--public-url takes scheme, host and port only', {
      hint: 'A proxy has to pass on whole paths: /servicelist, /oauth/…, /services/…, /stream',
    });
  }
}

function readRedirectHosts({ allowRedirectHost = [] }: ServeFlags): RedirectHosts {
  const hosts = allowRedirectHost.map((text) => {
    const host = readRedirectHost(text);
    if (host !== undefined) return host;
    throw new BimServiceError('usage', `--allow-redirect-host: ${cleanText(text, 80)} is not a host`, {
      hint: 'Write it without http:// and path: --allow-redirect-host bim.example.org:8080',
    });
  });
  return new Set(hosts);
}

/** Beyond this machine a person has to prove who they are, and the password should not be read on the way. */
function checkExposure(context: Context, flags: ServeFlags, users: number): void {
  const isLocal = isLoopbackHost(flags.host) || flags.host === '::1';
  if (isLocal && flags.publicUrl === undefined) return;
  if (users === 0) {
    throw new BimServiceError(
      'usage',
      `${flags.publicUrl ?? flags.host} is open to others, and there is no user yet`,
      {
        hint: 'Add one, who may then give consent: bimservice serve user add NAME',
      },
    );
  }
  const isEncrypted = flags.tlsCert !== undefined || flags.publicUrl?.startsWith('https:') === true;
  if (!isEncrypted) {
    context.reporter.warn(
      'there is no TLS: passwords, tokens and models can be read on the way; use --tls-cert and --tls-key, or a proxy with https and --public-url',
    );
  }
}

function networkOptions(
  context: Context,
  { host, port, publicUrl, tlsCert, tlsKey }: ServeFlags,
): Pick<ProviderOptions, 'host' | 'port' | 'publicUrl' | 'tls'> {
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { cert: context.path(tlsCert), key: context.path(tlsKey) } };
  const url = publicUrl === undefined ? {} : { publicUrl: new URL(publicUrl).origin };
  return { host, port, ...url, ...tls };
}

async function start(context: Context, folder: string, options: ProviderOptions): Promise<Provider> {
  try {
    return await startProvider(options);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    const at = `${options.host}:${options.port}`;
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const words = code === 'EACCES' ? 'may not be used by this user' : 'is in use';
      throw new BimServiceError('port-busy', `port ${at} ${words}`, {
        hint: 'Use another: --port N',
        cause: error,
      });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new BimServiceError('usage', `${options.host} is no address of this machine`, { cause: error });
    }
    if (options.tls !== undefined) {
      throw new BimServiceError('usage', `the certificate cannot be used: ${messageOf(error)}`, {
        hint: 'Check --tls-cert and --tls-key: PEM files that belong together.',
        cause: error,
      });
    }
    context.reporter.debug(`data in ${folder}`);
    throw error;
  }
}

async function announce(
  context: Context,
  provider: Provider,
  services: readonly ServedService[],
): Promise<void> {
  const { origin, repositoryUrl } = provider;
  const ids = services.map(({ id }) => id);
  if (context.json) return context.printJson({ origin, repositoryUrl, services: ids });
  for (const line of nextCommands(origin, repositoryUrl, ids)) context.reporter.info(line);
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
