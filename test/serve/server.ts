// Starts the built `bimservice serve` as a process of its own, and drives it as a client does.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { answerConsentPage } from '../../src/serve/oauth/consent-answer.js';
import type { Provider } from '../../src/serve/provider.js';
import { cleanEnvironment, PROGRAM } from '../support/cli.js';
import * as client from '../unit/serve/support.js';

export interface Served extends AsyncDisposable {
  readonly origin: string;
  /** As the helpers of the provider's unit tests want it. */
  readonly provider: Provider;
  readonly child: ChildProcess;
  /** What it wrote to stderr so far. */
  stderr(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** A folder for a server's data and files, removed at the end. */
export async function serveFolder(): Promise<
  AsyncDisposable & { readonly path: string; readonly data: string }
> {
  const path = await mkdtemp(join(tmpdir(), 'bimservice-serve-test-'));
  return {
    path,
    data: join(path, 'data'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export interface ServeWishes {
  readonly cwd: string;
  readonly data: string;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Any free port by default. */
  readonly port?: number;
}

/** Starts it and waits until it listens. Throws with its stderr where it does not. */
const fitsSchema = new Ajv2020().compile<{ origin: string }>(
  JSON.parse(
    readFileSync(new URL('../../schemas/serve-output.schema.json', import.meta.url), 'utf8'),
  ) as object,
);

export async function startServe({ cwd, data, argv = [], env = {}, port = 0 }: ServeWishes): Promise<Served> {
  const all = [PROGRAM, 'serve', ...argv, '--json', '--port', String(port), '--data', data];
  const child = spawn(process.execPath, all, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'pipe' });
  let said = '';
  let out = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve(out);
    });
    void ended.then((code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
  const started: unknown = JSON.parse(line);
  if (!fitsSchema(started)) throw new Error(`serve --json does not fit its schema: ${line}`);
  const { origin } = started;
  const repositoryUrl = `${origin}/servicelist`;
  const provider: Provider = {
    origin,
    repositoryUrl,
    setServices: () => {},
    reloadTls: async () => {},
    drain: async () => {},
    async [Symbol.asyncDispose]() {},
  };
  return {
    origin,
    provider,
    child,
    stderr: () => said,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** A script in `folder` for Node, and the words that run it. */
export async function script(folder: string, name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return `'${process.execPath}' ${name}`;
}

/** A browser whose person allows what is asked, at once. */
export function consentingBrowser(): { open(url: string): Promise<void> } {
  return {
    async open(url) {
      const shown = await client.ask(url);
      const setCookie = shown.headers['set-cookie']?.[0];
      const click = answerConsentPage({ url, html: shown.text, setCookie }, 'allow');
      const done = await client.ask(click?.url ?? '', click);
      await client.ask(done.headers.location ?? '');
    },
  };
}

export interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Posts a model with a token of its own. */
export async function sendModel(
  served: Served,
  id: string,
  { headers = {}, body = 'model' }: Sent = {},
): Promise<client.Answer> {
  const token = await client.getToken(served.provider);
  return client.ask(`${served.origin}/services/${id}`, {
    headers: { Authorization: `Bearer ${token}`, 'Input-Type': 'IFC_STEP_4', ...headers },
    body,
  });
}

/** Names of the folders of runs that are left. */
export async function runFolders(data: string): Promise<string[]> {
  return readdir(join(data, 'runs')).catch(() => []);
}

/** The ids of the processes that a server has started and that live; between runs that is the one that runs its commands. */
export async function childrenOf({ child }: Pick<Served, 'child'>): Promise<number[]> {
  const text = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Whether a process of that id lives. One that has ended and that no one has asked about (a zombie) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2, status.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
