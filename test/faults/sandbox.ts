// Everything that one case needs: a home, a temporary and a working folder, a store in the real format, two servers.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  registrationKey,
  registrationRecord,
  tokenKey,
  tokenRecord,
} from '../../src/core/credentials/credential-records.js';
import type { AccessToken, Registration } from '../../src/core/ports/credentials.js';
import type { Service } from '../../src/protocol/repository/service.js';
import { Secret } from '../../src/secret.js';
import type { Certificates } from './certificates.js';
import type { RunningChild } from './child.js';
import type { Model, Models } from './models.js';
import { response, type Script, ScriptedServer } from './scripted-server.js';
import { newSecrets, type RunSecrets } from './secrets.js';

/** The step of the chain in which the fault of a case occurs. */
export type FaultPhase = 'list' | 'register' | 'token' | 'upload';

export const PATHS = {
  list: '/servicelist',
  register: '/register',
  token: '/token',
  upload: '/resource',
} as const satisfies Record<FaultPhase, string>;

export const SERVICE_ID = 'fault-service';

/** The name that the service gives to its results. A file with that name exists before every case. */
export const RESULT_NAME = 'report.txt';

export interface SandboxOptions {
  phase: FaultPhase;
  /** True: the service uses TLS, with the good certificate when it is healthy. */
  tls: boolean;
  model: Model;
  models: Models;
  certificates: Certificates;
}

export class Sandbox implements AsyncDisposable {
  readonly phase: FaultPhase;
  readonly root: string;
  readonly home: string;
  readonly tmp: string;
  readonly work: string;
  /** The model to send. Cases that change a model make their own. */
  model: Model;
  readonly models: Models;
  readonly certificates: Certificates;
  readonly server: ScriptedServer;
  /** Another origin, which no request may reach. */
  readonly other: ScriptedServer;
  readonly secrets: RunSecrets = newSecrets();
  /** The running program, for steps that send it a signal. */
  child: RunningChild | null = null;
  /** When that was (epoch ms). */
  signalledAt: number | null = null;
  /** What the run must save, when that is not the result of the script. */
  expectedResult: Buffer | null = null;
  /** sha256 of results that other runs of the case save in the same folder. */
  readonly otherResults = new Set<string>();
  /** Functions that undo the preparation of a case; they run last first. */
  readonly undo: (() => unknown)[] = [];
  readonly #tls: boolean;
  #shared: Model;

  private constructor(root: string, servers: [ScriptedServer, ScriptedServer], options: SandboxOptions) {
    [this.server, this.other] = servers;
    this.phase = options.phase;
    this.model = options.model;
    this.#shared = options.model;
    this.models = options.models;
    this.certificates = options.certificates;
    this.#tls = options.tls;
    this.root = root;
    this.home = join(root, 'home');
    this.tmp = join(root, 'tmp');
    this.work = join(root, 'work');
  }

  static async create(options: SandboxOptions): Promise<Sandbox> {
    const root = await mkdtemp(join(tmpdir(), 'bimservice-fault-'));
    const servers = await Promise.all([ScriptedServer.start(), ScriptedServer.start()]);
    const sandbox = new Sandbox(root, servers, options);
    for (const folder of [sandbox.home, sandbox.tmp, sandbox.work]) await mkdir(folder);
    await writeFile(sandbox.repository, sandbox.listText());
    await writeFile(join(sandbox.work, RESULT_NAME), 'An older result.\n');
    await sandbox.#fillStore();
    return sandbox;
  }

  get origin(): string {
    return `${this.#tls ? 'https' : 'http'}://${this.server.host}`;
  }

  get repository(): string {
    return join(this.root, 'services.json');
  }

  get store(): string {
    return join(this.home, '.config', 'bimservice', 'credentials');
  }

  get env(): Record<string, string> {
    return {
      HOME: this.home,
      TMPDIR: this.tmp,
      // What a run leaves in that folder is a fault.
      NODE_DISABLE_COMPILE_CACHE: '1',
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      BIMSERVICE_REPOSITORY: this.repository,
    };
  }

  /** The same for a run in this process, whose home is another. */
  get envHere(): Record<string, string> {
    return { ...this.env, BIMSERVICE_CONFIG_DIR: dirname(this.store) };
  }

  get service(): Service {
    return serviceAt(this.origin);
  }

  /** The script of a service without a fault. Each call has a new result. */
  healthy(result: Buffer = newResult()): Script {
    const read = { read: 'all' } as const;
    const json = { 'Content-Type': 'application/json' };
    return {
      certificate: this.#tls ? this.certificates.good : null,
      listening: true,
      routes: {
        [PATHS.list]: [[read, { send: response(200, json, this.listText()) }]],
        [PATHS.register]: [[read, { send: response(200, json, JSON.stringify(this.registration)) }]],
        [PATHS.token]: [[read, { send: response(200, json, JSON.stringify(this.grant)) }]],
        [PATHS.upload]: [[read, { send: resultResponse(result) }]],
      },
    };
  }

  /** A good response of registerUrl. */
  get registration(): Record<string, unknown> {
    return { client_id: 'client-1', client_secret: this.secrets.clientSecret };
  }

  /** A good response of tokenUrl. */
  get grant(): Record<string, unknown> {
    return { access_token: this.secrets.accessToken, refresh_token: this.secrets.refreshToken };
  }

  listText(): string {
    const { name, inputs, outputs, resourceUrl, oauth } = this.service;
    return JSON.stringify([{ name, inputs, outputs, resourceUrl, oauth }]);
  }

  /** True when the case has its own model, which it may change. */
  get hasOwnModel(): boolean {
    return this.model !== this.#shared;
  }

  /** Sends another model of the group from now on. */
  useModel(model: Model): void {
    this.model = model;
    this.#shared = model;
  }

  /** Sends a signal to the program, and records the time. */
  signal(name: NodeJS.Signals): void {
    this.signalledAt = Date.now();
    this.child?.kill(name);
  }

  /** The file in which the fault points of the child record when they sent a signal. */
  get signalledAtFile(): string {
    return join(this.root, 'signalled-at');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.undo.reverse()) await undo();
    await Promise.all([this.server[Symbol.asyncDispose](), this.other[Symbol.asyncDispose]()]);
    await rm(this.root, { recursive: true, force: true });
  }

  /** Stores what the earlier steps would have stored, and the credentials of a service that no case uses. */
  async #fillStore(): Promise<void> {
    const { phase, secrets, service } = this;
    await mkdir(this.store, { recursive: true, mode: 0o700 });
    const write = (key: string, record: object) =>
      writeFile(join(this.store, `${key}.json`), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
    const writeRegistration = async ({ oauth }: Service, registration: Registration) => {
      if (oauth !== null) await write(registrationKey(oauth), registrationRecord(oauth, registration));
    };
    const writeToken = (to: Service, token: AccessToken) => write(tokenKey(to), tokenRecord(to, token));
    const client = { clientName: 'bimservice-test', redirectUri: 'http://127.0.0.1:9/callback/0' };
    const registration = (clientId: string, clientSecret: string) => ({
      ...client,
      clientId,
      clientSecret: new Secret(clientSecret),
      issuedAt: null,
      expiresAt: null,
    });
    const token = (accessToken: string) => ({
      accessToken: new Secret(accessToken),
      refreshToken: null,
      expiresAt: null,
      obtainedAt: 0,
      resourceUrl: null,
    });
    const other = serviceAt('https://other.example');
    await writeRegistration(other, registration('client-0', secrets.otherSecret));
    await writeToken(other, token(secrets.otherToken));
    if (phase === 'token' || phase === 'upload')
      await writeRegistration(service, registration('client-1', secrets.clientSecret));
    if (phase === 'token') await writeToken(service, token(secrets.oldToken));
    if (phase === 'upload') await writeToken(service, token(secrets.accessToken));
  }
}

/** A new result, about 1.7 kB for each piece, that no other run had. */
export function newResult(pieces = 1): Buffer {
  return Buffer.from(`All is well in run ${randomBytes(8).toString('hex')}.\n`.repeat(50 * pieces));
}

/** The response that carries a result. */
export function resultResponse(result: Buffer): Buffer {
  const headers = {
    'Content-Type': 'text/plain',
    'Output-Type': 'UNSTRUCTURED_UTF8_TEXT_1_0',
    'Content-Disposition': `attachment; filename="${RESULT_NAME}"`,
  };
  return response(200, headers, result);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function serviceAt(origin: string): Service {
  return {
    id: SERVICE_ID,
    name: 'Fault Service',
    description: '',
    provider: '',
    inputs: ['IFC_STEP_4'],
    outputs: ['UNSTRUCTURED_UTF8_TEXT_1_0'],
    resourceUrl: `${origin}${PATHS.upload}`,
    oauth: {
      registerUrl: `${origin}${PATHS.register}`,
      authorizationUrl: `${origin}/authorize`,
      tokenUrl: `${origin}${PATHS.token}`,
    },
    form: 'nested',
    repository: '',
  };
}
