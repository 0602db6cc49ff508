// A provider of BIM services: OAuth endpoints, a consent page, and services that accept models (PROTOCOL 1.1 to 1.7).

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Front } from './front.js';
import { Arrivals } from './http/arrivals.js';
import { hostNames } from './http/host-names.js';
import { NO_LIMITS, type RateLimits } from './http/limits.js';
import { listen, type TlsFiles } from './http/listen.js';
import { serveWithoutUpgrade } from './http/without-upgrade.js';
import type { Metrics } from './metrics.js';
import { Clients } from './oauth/clients.js';
import { Grants } from './oauth/grants.js';
import { NO_REDIRECT_HOSTS, type RedirectHosts } from './oauth/redirect-uri.js';
import { Tokens } from './oauth/tokens.js';
import type { Users } from './oauth/users.js';
import type { Site } from './routes.js';
import { BodyShares } from './runs/body-shares.js';
import { BodyTurns } from './runs/body-turns.js';
import { createLocalQueue } from './runs/local-queue.js';
import { performer } from './runs/performer.js';
import { RecentRuns } from './runs/recent-runs.js';
import type { RunQueue } from './runs/run-queue.js';
import { WorkFolders } from './runs/work-folders.js';
import type { LoggedEvent, ServedService } from './service/served-service.js';
import { resourcePath } from './service-list.js';
import { createMemoryStore } from './store/memory.js';
import type { ServerStore } from './store/port.js';
import { createStreams, STREAM_PATH, type Streams } from './stream.js';

export interface ProviderOptions {
  /** 0: any free port. */
  readonly port: number;
  /** An address literal of this machine, for example `127.0.0.1`. */
  readonly host: string;
  readonly services: readonly ServedService[];
  readonly log?: (event: LoggedEvent) => void;
  /** Epoch ms; for tests. */
  readonly now?: () => number;
  /** Returns that many random bytes as base64url; for tests. */
  readonly randomToken?: (bytes: number) => string;
  /** The store of clients and tokens; in memory by default. The caller disposes it. */
  readonly store?: ServerStore;
  /** The people who may consent; without it there are no logins. */
  readonly users?: Users;
  /** The lifetime of a token, in ms; by default that of the client's dialect. */
  readonly tokenMs?: number;
  /** The machines beyond this one that may get a redirect by http; none by default. */
  readonly redirectHosts?: RedirectHosts;
  /** The number of runs that its queue holds. */
  readonly queueLimit?: number;
  /** A queue in the place of its own, which the provider disposes. */
  readonly queue?: RunQueue;
  /** The folders for runs; a temporary folder by default. */
  readonly folders?: WorkFolders;
  /** Whether its parts on other machines respond now; for `/healthz`. */
  readonly isReady?: () => boolean;
  readonly limits?: RateLimits;
  readonly metrics?: Metrics;
  readonly tls?: TlsFiles;
  /** The origin that clients use, if there is a proxy in front. */
  readonly publicUrl?: string;
}

export interface Provider extends AsyncDisposable {
  /** The origin for clients: `http://HOST:PORT` as bound, or the public one. */
  readonly origin: string;
  /** The nested list; the flat one is at `/services.json`. */
  readonly repositoryUrl: string;
  /** Sets the services from now on; runs that have begun continue. */
  setServices(services: readonly ServedService[]): void;
  /** Reads the certificates again. */
  reloadTls(): Promise<void>;
  /** Refuses new runs with 503, and resolves when the accepted runs have ended and their results were sent. */
  drain(): Promise<void>;
}

/** The default size of the queue. */
export const QUEUE_LIMIT = 1000;

/**
 * Starts a provider. Without `store` and `folders` it loses all data when it ends. Rejects with Node's error (EADDRINUSE …)
 * when the address cannot be bound. Disposing it aborts active runs.
 */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const now = options.now ?? Date.now;
  const log = options.log ?? (() => {});
  let services = byId(options.services);
  let front: Front | undefined;
  const arrivals = new Arrivals();
  const temporary = options.folders === undefined ? await temporaryFolder() : null;
  const removeTemporary = async (): Promise<void> => {
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  };
  const folders = options.folders ?? (await WorkFolders.open(join(temporary ?? '', 'work'), NO_PROCESSES));
  const listening = await listen(
    {
      ...options,
      onConnection: (socket) => arrivals.add(socket),
      onTrouble: (reason) => log({ event: 'trouble', reason }),
    },
    // From here to its assignment nothing waits, so no request is lost.
    (request, response) => void front?.serve(request, response),
  ).catch(async (error: unknown) => {
    await removeTemporary();
    throw error;
  });
  const places = options.queueLimit ?? QUEUE_LIMIT;
  const queue =
    options.queue ??
    createLocalQueue(
      performer(() => services, now),
      places,
    );
  const origin = options.publicUrl ?? listening.origin;
  const shares = new BodyShares(places);
  const parts = { options, queue, folders, bodies: new BodyTurns(arrivals), shares, now, origin };
  const site = createSite(parts, () => services);
  const { streams } = site.resource;
  front = new Front(site, {
    hosts: hostsOf(listening.origin, origin),
    behindProxy: options.publicUrl !== undefined,
    log,
  });
  const { server } = listening;
  server.on('upgrade', (request, socket, head) => {
    if (front?.upgrade(request, socket, head) !== true) serveWithoutUpgrade(server, request, socket, head);
  });
  return {
    origin,
    repositoryUrl: new URL('/servicelist', origin).href,
    setServices: (changed) => {
      services = byId(changed);
    },
    reloadTls: () => listening.reload(),
    drain: async () => {
      await queue.drain();
      listening.stop();
      await front?.idle();
    },
    async [Symbol.asyncDispose]() {
      await streams[Symbol.asyncDispose]();
      await listening.close();
      await queue[Symbol.asyncDispose]();
      await removeTemporary();
    },
  };
}

/** Without commands there are no processes to end. */
const NO_PROCESSES = { signalGroup: () => {}, kill: () => {} };

function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'bimservice-serve-'));
}

function byId(services: readonly ServedService[]): ReadonlyMap<string, ServedService> {
  return new Map(services.map((service) => [service.id, service]));
}

function hostsOf(bound: string, origin: string): ReadonlySet<string> {
  const local = new URL(bound);
  local.hostname = 'localhost';
  return hostNames([bound, local.href, origin]);
}

interface Parts {
  readonly options: ProviderOptions;
  readonly queue: RunQueue;
  readonly folders: WorkFolders;
  readonly bodies: BodyTurns;
  readonly shares: BodyShares;
  readonly now: () => number;
  readonly origin: string;
}

function createSite(
  { options, queue, folders, bodies, shares, now, origin }: Parts,
  services: () => ReadonlyMap<string, ServedService>,
): Site {
  const randomToken = options.randomToken ?? ((bytes: number) => randomBytes(bytes).toString('base64url'));
  const store = options.store ?? createMemoryStore(now);
  const limits = options.limits ?? NO_LIMITS;
  const clients = new Clients(store, now, randomToken);
  const tokens = new Tokens(store, clients, now, randomToken, options.tokenMs ?? null);
  const streams: Streams = createStreams(async (token) => (await tokens.find(token)) !== undefined, now);
  return {
    origin,
    services,
    authorize: {
      clients,
      tokens,
      grants: new Grants(store, tokens, now, randomToken),
      users: options.users ?? null,
      services,
      randomToken,
      resourceUrl: (id) => new URL(resourcePath(id), origin).href,
      redirectHosts: options.redirectHosts ?? NO_REDIRECT_HOSTS,
      websocketUrl: new URL(STREAM_PATH, origin).href.replace(/^http/, 'ws'),
      mayLogIn: (from, name) => limits.login(from, name),
      loggedIn: (from, name) => limits.loggedIn(from, name),
    },
    resource: { tokens, queue, folders, bodies, shares, streams },
    limits,
    metrics: options.metrics ?? null,
    runs: new RecentRuns(),
    isReady: options.isReady ?? (() => true),
    now,
  };
}
