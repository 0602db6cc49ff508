// A workspace with a folder of models, an open service that counts its runs, and the built program that watches.
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Workspace } from './cli.js';
import { stepModel } from './fixtures.js';
import { Session } from './session.js';

export type Respond = (response: ServerResponse, model: Buffer, request: IncomingMessage) => void;

export const FINE: Respond = (response) => {
  response.writeHead(200, { 'Content-Disposition': 'attachment; filename="report.txt"' });
  response.end('fine');
};

export class WatchWorkspace implements AsyncDisposable {
  readonly workspace: Workspace;
  /** The bodies of all requests. */
  readonly runs: Buffer[] = [];
  respond: Respond = FINE;
  #server: Server | null = null;
  #port = 0;

  private constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  static async create(entry: object = {}): Promise<WatchWorkspace> {
    const at = new WatchWorkspace(await Workspace.create());
    await mkdir(at.path('models'));
    await at.serve();
    const list = [{ name: 'Check', resourceUrl: `http://127.0.0.1:${at.#port}/run`, ...entry }];
    await writeFile(at.path('list.json'), JSON.stringify(list));
    return at;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  path(name: string): string {
    return join(this.workspace.folder, name);
  }

  /** Starts the service, on the same port as before. */
  async serve(): Promise<void> {
    const server = createServer(async (request, response) => {
      const model = await buffer(request).catch(() => null);
      if (model === null) return;
      this.runs.push(model);
      this.respond(response, model, request);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Saves a model as most programs do: under another name first. */
  async save(name: string, content: Uint8Array): Promise<void> {
    await writeFile(this.path('models/.draft'), content);
    await rename(this.path('models/.draft'), this.path(`models/${name}`));
  }

  /** Starts `bimservice watch check models`, with results in `results`. */
  watch(...more: string[]): Session {
    const argv = ['watch', 'check', 'models', '-r', 'list.json', '-o', 'results', '--settle', '300ms'];
    return new Session(this.workspace, [...argv, '--every', '200ms', '--verbose', ...more]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.workspace[Symbol.asyncDispose]();
  }
}

/** Revision `n` of a model. */
export function revision(n: number, bytes = 3000): Buffer {
  const text = stepModel({ schema: 'IFC4', bytes }).toString('latin1');
  return Buffer.from(text.replace("'Tester'", `'T${String(n).padStart(5, '0')}'`), 'latin1');
}
