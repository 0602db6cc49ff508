// Makes a client from the options of a program that uses this package.
import { resolve } from 'node:path';
import { environmentTokenFor, readEnvironmentToken } from '../../core/authorization/environment-token.js';
import { createCredentialStore } from '../../core/credentials/credential-store.js';
import type { Config, ConfigFile } from '../../core/ports/config.js';
import type { HttpClient } from '../../core/ports/http.js';
import type { ListCache } from '../../core/ports/list-cache.js';
import type { OpenListener } from '../../core/ports/login.js';
import type { Reporter } from '../../core/ports/terminal.js';
import type { RepositorySource } from '../../core/repository/read-source.js';
import { HTTP_LIMITS } from '../../io/http/limits.js';
import { noListCache } from '../../io/store/no-folder.js';
import { VERSION } from '../../version.js';
import { Client } from './client.js';
import { hostPlace } from './host.js';
import { chosenRepositories, namedSource } from './repositories.js';
import { memoryStore, recordsOf, type Store } from './store.js';
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from './system.js';

/** A line for a person about what a call does. No secret is in it. */
export interface Message {
  level: 'info' | 'warning' | 'instruction' | 'debug';
  text: string;
}

export interface ClientSettings {
  /** The lists of services: addresses or files. Absent: the public list. */
  repositories?: readonly (string | RepositorySource)[];
  /** Where credentials are kept. Absent: in memory. */
  store?: Store;
  /** The name under which this installation registers. Absent: a random one, new for each client. */
  clientName?: string;
  /**
   * An access token that is used and not stored, for the services of `repositories`. `for`: only for this origin or resource
   * address.
   */
  token?: { value: string; for?: string };
  /** The variables HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, by their names. Absent: no proxy. */
  proxyEnvironment?: Readonly<Record<string, string | undefined>>;
  /** PEM certificates to trust in addition to those of Node. */
  certificates?: readonly string[];
  /** True: plain http is allowed to other machines. Tokens and models can then be read on their way. */
  insecure?: boolean;
  /** Called with each message. Absent: messages are dropped. */
  onMessage?: (message: Message) => void;
  /** Relative paths begin here. Absent: the working folder of the process. */
  cwd?: string;
  /** Keeps copies of lists. Absent: nothing is kept. */
  listCache?: ListCache;
  /** Opens the listener for the redirect of a login. Absent: a server on 127.0.0.1. */
  openListener?: OpenListener;
  /** Carries all requests. Absent: connections of its own, one for each request. */
  http?: HttpClient;
}

/** Reads nothing, and asks no one: it does no I/O before its first use. Throws BimServiceError `usage` for a token that cannot be used. */
export function createClient(settings: ClientSettings = {}): Client {
  const { store = memoryStore(), insecure = false, token } = settings;
  const place = hostPlace(settings.cwd === undefined ? undefined : resolve(settings.cwd));
  const reporter = reporterOf(settings.onMessage ?? (() => {}));
  const given = token === undefined ? null : readEnvironmentToken(token.value, token.for);
  const sources = settings.repositories?.map((each) =>
    typeof each === 'string' ? namedSource(each, () => place.cwd) : each,
  );
  return Client.over({
    place,
    version: VERSION,
    signal: new AbortController().signal,
    insecure,
    repositories: chosenRepositories({ named: () => sources ?? null, stored: () => [], baseUrl: undefined }),
    store: createCredentialStore(recordsOf(store), (line) => reporter.warn(line)),
    listed: null,
    config: memoryConfig(settings.clientName ?? null),
    listCache: settings.listCache ?? noListCache(),
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    reporter,
    openListener:
      settings.openListener ??
      (async (options) => (await import('../../io/login/listener.js')).openListener(options)),
    given: null,
    stdin: null,
    http: httpOf(settings),
    givenToken: (service) => (given === null ? null : environmentTokenFor(service, given)),
  });
}

function reporterOf(onMessage: (message: Message) => void): Reporter {
  return {
    info: (text) => onMessage({ level: 'info', text }),
    warn: (text) => onMessage({ level: 'warning', text }),
    instruct: (text) => onMessage({ level: 'instruction', text }),
    debug: (text) => onMessage({ level: 'debug', text }),
  };
}

function httpOf({ http, certificates, proxyEnvironment = {} }: ClientSettings): () => Promise<HttpClient> {
  let client: Promise<HttpClient> | undefined = http === undefined ? undefined : Promise.resolve(http);
  return () => {
    client ??= open();
    return client;
  };

  async function open(): Promise<HttpClient> {
    const { createHttpClient } = await import('../../io/http/client.js');
    return createHttpClient({
      ca: certificates === undefined ? undefined : await withUsual(certificates),
      userAgent: `bimservice/${VERSION}`,
      limits: HTTP_LIMITS,
      env: proxyEnvironment,
    });
  }
}

/** A list of our own would replace the certificates of Node. */
async function withUsual(certificates: readonly string[]): Promise<string[]> {
  const { rootCertificates } = await import('node:tls');
  return [...rootCertificates, ...certificates];
}

/** The name is made once for each client: servers make the id of a client from it. */
function memoryConfig(clientName: string | null): ConfigFile {
  let config: Config = { repositories: [], clientName, store: 'files', updateNotice: false };
  return {
    path: '(memory)',
    read: () => config,
    async update(change) {
      config = change(config);
    },
  };
}
