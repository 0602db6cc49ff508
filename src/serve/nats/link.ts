// One connection to NATS for a process: it comes back by itself, and its users wait a moment for that.

import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection, Status, TlsOptions } from '@nats-io/transport-node';
import { asNatsError, isLocal, isPassing, NatsError } from './nats-error.js';
import { loadNats, type NatsModules } from './nats-modules.js';

export interface NatsOptions {
  /** `nats://host:port` and `tls://host:port`, without user information. */
  readonly servers: readonly string[];
  /** The beginning of every name on NATS; services with different names do not see each other. */
  readonly name: string;
  /** How many nodes hold each record; null: 3 in a cluster, otherwise 1. */
  readonly replicas: number | null;
  readonly login: {
    readonly user?: string;
    readonly password?: string;
    readonly token?: string;
    /** The content of a creds file. */
    readonly creds?: Uint8Array;
  };
  /** How long a request waits, ms; by default 8 s for a lost connection and 20 s for a new leader. */
  readonly patience?: number;
  /** PEM texts. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | null;
}

const RECONNECT_MS = 8000;
/**
 * A node is missed after 4 to 9 s, then the others elect: electionTimeout in
 * https://github.com/nats-io/nats-server/blob/main/server/raft.go. Two may want to lead, and then they wait again.
 */
const ELECTION_MS = 20_000;
const RETRY_MS = 150;
const CONNECT_MS = 5000;
/** A silent connection is found out after two of these, ms. */
const PING_MS = 5000;

export class Link implements AsyncDisposable {
  #isUp = true;
  /** What was reported since the connection was lost. */
  readonly #said = new Set<string>();
  readonly #returns = new Set<() => void>();
  readonly #closing = new AbortController();

  private constructor(
    readonly modules: NatsModules,
    readonly nc: NatsConnection,
    readonly js: JetStreamClient,
    readonly jsm: JetStreamManager,
    readonly name: string,
    readonly replicas: number,
    private readonly where: string,
    private readonly patience: number | null,
  ) {}

  /** Throws NatsError. `onTrouble` gets a line for each loss of the connection and each return of it. */
  static async open(options: NatsOptions, onTrouble: (words: string) => void): Promise<Link> {
    const modules = await loadNats();
    const where = options.servers.join(', ');
    let nc: NatsConnection | undefined;
    try {
      nc = await modules.transport.connect(connectionOptions(modules, options));
      const js = modules.jetstream.jetstream(nc, { timeout: CONNECT_MS });
      const jsm = await modules.jetstream.jetstreamManager(nc, { timeout: CONNECT_MS });
      const replicas = options.replicas ?? (nc.info?.cluster === undefined ? 1 : 3);
      const link = new Link(modules, nc, js, jsm, options.name, replicas, where, options.patience ?? null);
      void link.#watch(onTrouble);
      return link;
    } catch (error) {
      await nc?.close();
      throw asNatsError(error, where);
    }
  }

  /** Whether there is a connection now. */
  get isUp(): boolean {
    return this.#isUp && !this.nc.isClosed();
  }

  /** Calls `act` each time that a lost connection is there again: what was asked before may be lost with it. */
  onReturn(act: () => void): Disposable {
    this.#returns.add(act);
    return { [Symbol.dispose]: () => void this.#returns.delete(act) };
  }

  /**
   * What `work` gives. Waits for a lost connection, and does the work once more after a passing failure: use it for work that
   * may be done twice. Throws NatsError; what `keep` selects, and errors of local files, as they are.
   */
  async ask<T>(
    work: (attempt: number) => Promise<T>,
    keep: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    const began = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!this.isUp)
          throw new NatsError('unreachable', `NATS at ${this.where} does not respond (not connected)`);
        return await work(attempt);
      } catch (error) {
        if (keep(error) || isLocal(error)) throw error;
        const patience = this.patience ?? (this.isUp ? ELECTION_MS : RECONNECT_MS);
        const isOver = performance.now() - began > patience || this.#closing.signal.aborted;
        if (isOver || !isPassing(error)) throw asNatsError(error, this.where);
        await sleep(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    // A drain would wait for a server that may not be there.
    await this.nc.close();
  }

  async #watch(onTrouble: (words: string) => void): Promise<void> {
    for await (const status of this.nc.status()) {
      const words = this.#follow(status);
      // A server that is away or refuses is tried several times a second.
      if (words === null || this.#said.has(words) || this.#closing.signal.aborted) continue;
      if (!this.#isUp) this.#said.add(words);
      onTrouble(words);
    }
  }

  #follow(status: Status): string | null {
    if (status.type === 'disconnect') {
      this.#isUp = false;
      return `the connection to NATS (${status.server}) is lost`;
    }
    if (status.type === 'reconnect') {
      // It comes once for each try that was refused.
      if (this.#isUp) return null;
      this.#isUp = true;
      this.#said.clear();
      for (const act of this.#returns) act();
      return `connected to NATS (${status.server}) again`;
    }
    return status.type === 'error' ? asNatsError(status.error, this.where).message : null;
  }
}

function connectionOptions(
  modules: NatsModules,
  { servers, name, login, tls }: NatsOptions,
): ConnectionOptions {
  const { user, password, token, creds } = login;
  return {
    servers: [...servers],
    name,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    // Else each request makes an error first, for the stack where it fails.
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    // A server that starts again may refuse everyone for a moment.
    ignoreAuthErrorAbort: true,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(creds === undefined ? {} : { authenticator: modules.transport.credsAuthenticator(creds) }),
    ...(tls === null ? {} : { tls: withIdentityCheck(tls, servers) }),
  };
}

/**
 * The client gives Node no name where a server is named by an IP address, and Node then checks the certificate for `localhost`:
 * it has to be for one of the addresses. The client hands all of these options to Node.
 */
function withIdentityCheck(tls: TlsOptions, servers: readonly string[]): TlsOptions {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  const check = (name: string, certificate: PeerCertificate): Error | undefined => {
    const error = checkServerIdentity(name, certificate);
    if (error === undefined || hosts.includes(name)) return error;
    return addresses.some((address) => checkServerIdentity(address, certificate) === undefined)
      ? undefined
      : error;
  };
  return Object.assign({ checkServerIdentity: check }, tls);
}
