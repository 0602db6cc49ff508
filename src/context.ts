// Connects the layers for one run: each command gets a Context and takes the adapters that it needs from it.

import { resolve } from 'node:path';
import {
  type EnvironmentTokenUse,
  environmentTokenFor,
  readEnvironmentToken,
  type TokenTarget,
} from './core/authorization/environment-token.js';
import { createBundleStore } from './core/credentials/bundle-store.js';
import { createCredentialStore } from './core/credentials/credential-store.js';
import type { ConfigFile } from './core/ports/config.js';
import type { BundleSource, CredentialStore, RecordStore, StoreKind } from './core/ports/credentials.js';
import type { HttpClient, SmallRequest, SmallResponse } from './core/ports/http.js';
import type { ListCache } from './core/ports/list-cache.js';
import type { Browser, OpenListener } from './core/ports/login.js';
import type { NetworkProbe } from './core/ports/network-probe.js';
import type { Prompter } from './core/ports/terminal.js';
import { errorShape } from './error-shape.js';
import { BimServiceError, systemErrorCode } from './errors.js';
import { cacheFolder } from './io/files/folders.js';
import type { HttpOptions } from './io/http/options.js';
import { fileSource, variableSource } from './io/store/bundle-source.js';
import { createKeyringStore, systemAccounts, systemEntry } from './io/store/keyring.js';
import { configFolder, openStores } from './io/store/open-stores.js';
import { createReporter, type LineReporter, type Log } from './io/terminal/reporter.js';
import { writeText } from './io/terminal/write-text.js';
import { Client } from './library/client/client.js';
import type { Ports } from './library/client/ports.js';
import { chosenRepositories, namedSource } from './library/client/repositories.js';
import { openPaint, type Paint, PLAIN } from './output/colors.js';
import { markInDocument } from './output/reported-errors.js';
import { showAddress } from './protocol/repository/addresses.js';
import { loggedHeaders } from './protocol/text/headers.js';
import { outputJson } from './protocol/text/json-output.js';
import { columnsOf } from './protocol/text/wrap.js';
import type { Runtime } from './runtime.js';
import { Secret } from './secret.js';

/** The options that every command takes. */
export interface GlobalOptions {
  repository?: string[];
  baseUrl?: string;
  configDir?: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  logFile?: string;
  input?: boolean;
  color?: boolean;
  caFile?: string;
  insecure?: boolean;
}

export class Context {
  readonly runtime: Runtime;
  readonly options: GlobalOptions;
  readonly reporter: LineReporter;
  readonly paint: Paint;
  /** Null when the account has no home and none is named: nothing is stored. */
  readonly configDir: string | null;
  readonly config: ConfigFile;
  readonly listCache: ListCache;
  readonly #files: RecordStore;
  /** The id of the service that this run is about, once it was found. */
  service: string | null = null;
  /** Writes lines while a progress display is on the terminal. */
  withoutDisplay: (write: () => void) => void = (write) => write();
  #http: Promise<HttpClient> | undefined;
  #records: RecordStore | undefined;
  #bundles: BundleSource | null | undefined;
  #store: CredentialStore | undefined;
  #ports: Ports | undefined;
  #client: Client | undefined;

  /** Reads and loads nothing except the locations of files. */
  static async open(runtime: Runtime, options: GlobalOptions): Promise<Context> {
    const named = options.configDir ?? runtime.env.BIMSERVICE_CONFIG_DIR;
    const { env, stderr } = runtime;
    const paint = await openPaint({ env, stderr, allowed: options.color !== false });
    return new Context(
      runtime,
      options,
      await configFolder(named, runtime),
      paint,
      await openLog(runtime, options),
    );
  }

  private constructor(
    runtime: Runtime,
    options: GlobalOptions,
    configDir: string | null,
    paint: Paint,
    log: Log | null,
  ) {
    this.runtime = runtime;
    this.options = options;
    this.paint = paint;
    const { quiet = false, verbose = false } = options;
    const { clock } = runtime;
    const columns = () => columnsOf(runtime.stderr);
    this.reporter = createReporter(runtime.stderr, { quiet, verbose, paint, clock, log, columns }, (write) =>
      this.withoutDisplay(write),
    );
    this.configDir = configDir;
    const { config, files, listCache } = openStores(configDir, runtime, this.reporter);
    this.config = config;
    this.#files = files;
    this.listCache = listCache;
  }

  /** The command line as a caller of the library. */
  get client(): Client {
    this.#client ??= Client.over(this.ports);
    return this.#client;
  }

  get ports(): Ports {
    this.#ports ??= portsOf(this);
    return this.#ports;
  }

  get hasColors(): boolean {
    return this.paint !== PLAIN;
  }

  get json(): boolean {
    return this.options.json ?? false;
  }

  /**
   * How `service` uses BIMSERVICE_TOKEN; null when it is not set. When it is for this service, it wins over a stored
   * token, so that CI needs no store. Throws `usage` for unusable values.
   */
  environmentToken(service: TokenTarget): EnvironmentTokenUse | null {
    const { BIMSERVICE_TOKEN, BIMSERVICE_TOKEN_FOR } = this.runtime.env;
    const given = readEnvironmentToken(BIMSERVICE_TOKEN, BIMSERVICE_TOKEN_FOR);
    return given === null ? null : environmentTokenFor(service, given);
  }

  /** The store of registrations and tokens: from the environment, otherwise the one in `config.json`. */
  get store(): CredentialStore {
    this.#store ??= createCredentialStore(
      this.records,
      (line) => this.reporter.warn(line),
      async (service, records) => {
        const { rescueCredentials } = await import('./io/store/rescue.js');
        const { env, pid } = this.runtime;
        const folders = env.XDG_RUNTIME_DIR ? [env.XDG_RUNTIME_DIR] : [];
        return rescueCredentials({ service: service.id, records }, this.passphrase, folders, pid);
      },
    );
    return this.#store;
  }

  get records(): RecordStore {
    this.#records ??= this.#withBundle(this.recordsIn(this.config.read().store));
    return this.#records;
  }

  /** The credentials are files alone, which can be listed. */
  get hasListedFiles(): boolean {
    return this.bundles === null && this.config.read().store === 'files';
  }

  /** The records of one kind of store, independent of the configuration. */
  recordsIn(kind: StoreKind): RecordStore {
    if (kind === 'files') return this.#files;
    return createKeyringStore(systemEntry, systemAccounts, (...lock) => this.#files.lock(...lock));
  }

  /** The passphrase of exported credentials; never an argument. */
  get passphrase(): Secret | null {
    const value = this.runtime.env.BIMSERVICE_PASSPHRASE?.replace(/^\ufeff/, '');
    return value ? new Secret(value) : null;
  }

  /** The variable that holds or names exported credentials; null when there are none. */
  get bundleVariable(): 'BIMSERVICE_CREDENTIALS' | 'BIMSERVICE_CREDENTIALS_FILE' | null {
    const { BIMSERVICE_CREDENTIALS: text, BIMSERVICE_CREDENTIALS_FILE: file } = this.runtime.env;
    return text?.trim() ? 'BIMSERVICE_CREDENTIALS' : file ? 'BIMSERVICE_CREDENTIALS_FILE' : null;
  }

  /** The exported credentials in the environment; null when there are none. */
  get bundles(): BundleSource | null {
    if (this.#bundles === undefined) this.#bundles = this.#openBundles();
    return this.#bundles;
  }

  #openBundles(): BundleSource | null {
    const { env, cwd } = this.runtime;
    const { BIMSERVICE_CREDENTIALS: text, BIMSERVICE_CREDENTIALS_FILE: file } = env;
    if (text?.trim()) return variableSource(text, this.passphrase);
    if (text !== undefined && !file)
      this.reporter.warn(
        'BIMSERVICE_CREDENTIALS is set and empty. A pipeline leaves a secret empty for a fork, and for a job that may not read it.',
      );
    if (!file) return null;
    return fileSource(resolve(cwd, file), this.passphrase, {
      ...this.runtime,
      warn: (line) => this.reporter.warn(line),
    });
  }

  #withBundle(base: RecordStore): RecordStore {
    const { bundles, bundleVariable: name } = this;
    if (bundles === null) return base;
    return createBundleStore(base, bundles, () =>
      this.reporter.warn(
        `a refreshed token could not be written back to ${name}: the next run may have to refresh it again, or may find it expired`,
      ),
    );
  }

  /** The HTTP client, loaded at the first use. */
  http(): Promise<HttpClient> {
    this.#http ??= (async () => {
      const { createHttpClient } = await import('./io/http/client.js');
      const client = createHttpClient(await this.#httpOptions());
      return { ...client, request: (request, signal) => this.#logged(client, request, signal) };
    })();
    return this.#http;
  }

  /** For `doctor`. */
  async networkProbe(): Promise<NetworkProbe> {
    const { createNetworkProbe } = await import('./io/http/probe.js');
    return createNetworkProbe(await this.#httpOptions());
  }

  async #httpOptions(): Promise<HttpOptions> {
    return {
      ca: await this.#certificates(),
      userAgent: `bimservice/${this.runtime.version}`,
      limits: this.runtime.limits,
      env: this.runtime.env,
    };
  }

  async #certificates(): Promise<string[] | undefined> {
    const { caFile } = this.options;
    if (caFile === undefined) return undefined;
    const { trustedCertificates } = await import('./io/http/certificates.js');
    return trustedCertificates(caFile, this.runtime.env.NODE_EXTRA_CA_CERTS);
  }

  /** A small exchange, logged with `--verbose`. Bodies are not logged, because they contain the secrets. */
  async #logged(client: HttpClient, request: SmallRequest, signal: AbortSignal): Promise<SmallResponse> {
    const { method, url, headers } = request;
    this.reporter.debug(`${method} ${showAddress(url)} ${loggedHeaders(Object.entries(headers))}`);
    const response = await client.request(request, signal);
    this.reporter.debug(
      `${response.status} from ${new URL(url).host}, ${response.body.length} bytes ${loggedHeaders(response.headers)}`,
    );
    return response;
  }

  async openListener(): Promise<OpenListener> {
    return (await import('./io/login/listener.js')).openListener;
  }

  async browser(command: string | null): Promise<Browser> {
    if (this.runtime.browser) return this.runtime.browser;
    const { createBrowser } = await import('./io/login/browser.js');
    const { configDir, runtime } = this;
    const handOver = configDir === null ? null : { folder: cacheFolder(configDir), pid: runtime.pid };
    return createBrowser({ command, env: this.runtime.env, handOver });
  }

  /** Prompts go to stderr, and only when a person can respond. */
  async prompter(): Promise<Prompter> {
    const { createPrompter } = await import('./io/terminal/prompter.js');
    return createPrompter(this.interactive, this.runtime.stderr);
  }

  /** A person reads stderr, and the installation is one that lasts: not in CI, and not by npx, which takes the newest version. */
  get isNoticed(): boolean {
    const { stderr, env } = this.runtime;
    const isOff = Boolean(env.CI || env.NO_UPDATE_NOTIFIER || env.npm_config_user_agent);
    return !isOff && !this.json && !this.options.quiet && stderr.isTTY === true;
  }

  get interactive(): boolean {
    const { stdin, stderr, env } = this.runtime;
    return this.options.input !== false && stdin.isTTY === true && stderr.isTTY === true && !env.CI;
  }

  /** The absolute path of what the person typed. */
  path(typed: string): string {
    return resolve(this.runtime.cwd, typed);
  }

  /** Writes to stdout, at the pace of its reader. Throws `result-not-writable` when stdout is a file on a full disk. */
  print(text: string | Uint8Array): Promise<void> {
    return writeText(this.runtime.stdout, text).catch(async (error: unknown) => {
      const { systemWords } = await import('./io/files/system-reason.js');
      const code = systemErrorCode(error);
      throw new BimServiceError(
        'result-not-writable',
        `cannot write the output: ${systemWords(code)} (${code})`,
        {
          hint: 'What arrived there is not complete. Free some space, then run the command again.',
          cause: error,
        },
      );
    });
  }

  /** Writes a line to stdout, which may be the terminal that shows the progress. The work goes on when it cannot be written. */
  async printLine(line: string): Promise<void> {
    let printed: Promise<void> | undefined;
    this.withoutDisplay(() => {
      printed = this.print(`${line}\n`);
    });
    await printed?.catch((error: unknown) => {
      if (!(error instanceof BimServiceError)) throw error;
      this.reporter.warn(error.message);
    });
  }

  /** The columns of stdout; a pipe has no limit. */
  get width(): number {
    return columnsOf(this.runtime.stdout);
  }

  /** Prints lines, through the pager when they do not fit on the terminal. */
  async printPage(lines: readonly string[]): Promise<void> {
    const text = `${lines.join('\n')}\n`;
    const { stdout, env } = this.runtime;
    const isLong = stdout.isTTY && this.interactive && lines.length >= (stdout.rows || 24);
    if (!isLong) return this.print(text);
    const { pagerCommand, showInPager } = await import('./io/terminal/pager.js');
    const command = pagerCommand(env);
    if (command === null || !(await showInPager(text, command, env))) await this.print(text);
  }

  /** `failure`: why the command fails although it has a document; it is `error` in it, and is thrown afterwards. */
  printJson(document: object, failure: BimServiceError | null = null): Promise<void> {
    if (failure === null) return this.print(`${outputJson(document)}\n`);
    markInDocument(failure);
    return this.print(`${outputJson({ ...document, error: errorShape(failure) })}\n`);
  }
}

/** What is read from the configuration or the environment is read at its first use. */
function portsOf(context: Context): Ports {
  const { runtime, options, config, listCache, reporter } = context;
  return {
    place: runtime,
    version: runtime.version,
    signal: runtime.signal,
    insecure: options.insecure ?? false,
    repositories: chosenRepositories({
      named() {
        const { BIMSERVICE_REPOSITORY: variable } = runtime.env;
        const named = options.repository ?? (variable ? [variable] : null);
        return named?.map((location) => namedSource(location, () => runtime.cwd)) ?? null;
      },
      stored: () => config.read().repositories,
      baseUrl: options.baseUrl,
    }),
    get store() {
      return context.store;
    },
    get listed() {
      return context.hasListedFiles ? context.records : null;
    },
    config,
    listCache,
    clock: runtime.clock,
    random: runtime.random,
    reporter,
    // A browser that is given in code, as the demo's, reads the page once.
    openListener: async (listening) =>
      (await context.openListener())({ ...listening, keepsPage: runtime.browser === undefined }),
    get given() {
      const { bundles: source, bundleVariable: name } = context;
      return source === null || name === null ? null : { source, name };
    },
    get stdin() {
      return runtime.stdin;
    },
    http: () => context.http(),
    givenToken: (service) => context.environmentToken(service),
  };
}

async function openLog(runtime: Runtime, { logFile }: GlobalOptions): Promise<Log | null> {
  if (logFile === undefined) return null;
  const { openLogFile } = await import('./io/files/log-file.js');
  return openLogFile(resolve(runtime.cwd, logFile), runtime);
}
