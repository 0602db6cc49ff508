// Real adapters for tests of the use-cases: files, sockets and listener are real; clock, pauses and browser are doubles.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthorizePorts } from '../../src/core/authorization/authorize.js';
import type { DevicePorts } from '../../src/core/authorization/authorize-device.js';
import { createCredentialStore } from '../../src/core/credentials/credential-store.js';
import type { Browser } from '../../src/core/ports/login.js';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { openListener } from '../../src/io/login/listener.js';
import { createConfigFile } from '../../src/io/store/config-file.js';
import { createCredentialFiles } from '../../src/io/store/credential-files.js';
import type { Service } from '../../src/protocol/repository/service.js';

/** A moment for tests, epoch ms. */
export const NOW = Date.UTC(2026, 0, 1);

/** One installation in a temporary folder. */
export class Workbench implements AsyncDisposable {
  readonly folder: string;
  /** The lines that the reporter got, `kind: line`. */
  readonly lines: string[] = [];
  /** The requested pauses in ms; none of them takes real time. */
  readonly pauses: number[] = [];
  readonly ports: AuthorizePorts & DevicePorts;
  /** Aborted only by a test. */
  readonly stop = new AbortController();
  #elapsedMs = 0;

  private constructor(folder: string) {
    this.folder = folder;
    const report = (kind: string) => (line: string) => void this.lines.push(`${kind}: ${line}`);
    const options = {
      warn: report('warn'),
      now: Date.now,
      pid: process.pid,
      isAlive: () => true,
      cleanUp: async () => {},
      onHeld: () => {},
    };
    const records = createCredentialFiles({ ...options, folder: join(folder, 'credentials') });
    this.ports = {
      http: createHttpClient({ ca: undefined, userAgent: 'test', limits: HTTP_LIMITS, env: {} }),
      store: createCredentialStore(records, options.warn),
      config: createConfigFile({ ...options, folder }),
      clock: { now: () => NOW + this.#elapsedMs, monotonic: () => this.#elapsedMs },
      random: { token: (bytes) => randomBytes(bytes).toString('base64url') },
      timer: {
        sleep: async (ms, signal) => {
          signal.throwIfAborted();
          this.pauses.push(ms);
          this.#elapsedMs += ms;
        },
      },
      reporter: {
        info: report('info'),
        warn: report('warn'),
        instruct: report('instruct'),
        debug: report('debug'),
      },
      openListener,
      browser: null,
      askPasted: null,
    };
  }

  static async create(): Promise<Workbench> {
    return new Workbench(await mkdtemp(join(tmpdir(), 'bimservice-core-')));
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Moves the clock. */
  pass(ms: number): void {
    this.#elapsedMs += ms;
  }

  with(browser: Browser): AuthorizePorts & DevicePorts {
    return { ...this.ports, browser };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A service with its three OAuth addresses and its resource at `origin`. */
export function serviceAt(origin: string, more: Partial<Service> = {}): Service {
  return {
    id: 'check',
    name: 'Check',
    description: '',
    provider: '',
    inputs: [],
    outputs: [],
    resourceUrl: `${origin}/run`,
    oauth: {
      registerUrl: `${origin}/register`,
      authorizationUrl: `${origin}/authorize`,
      tokenUrl: `${origin}/token`,
    },
    form: 'nested',
    repository: '-',
    ...more,
  };
}
