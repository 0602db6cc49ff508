// The base of every fake service: real sockets, named routes, a script of expected calls, and a list of complaints.

import { AssertionError } from 'node:assert';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as received, with its complete body. */
export interface SeenRequest {
  /** The name of the route, or `?` when no route matches. */
  readonly call: string;
  readonly method: string;
  /** The request target, unchanged. */
  readonly target: string;
  /** The path of the target, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Name, value, name, value … in the order and spelling of the request. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sha256: string;
  readonly framing: 'length' | 'chunked' | 'none';
  /** False when the client closed the connection before the body was complete. */
  readonly complete: boolean;
}

/** The response that a fake sends. `headers` are sent as given, with only Date, Connection and the framing added. */
export interface PlannedResponse {
  status: number;
  headers?: ReadonlyArray<readonly [name: string, value: string]>;
  body?: string | Uint8Array;
  /** The delay before the first byte of the response, in ms. */
  delayMs?: number;
}

export type Handler = (seen: SeenRequest) => PlannedResponse | Promise<PlannedResponse>;

export interface Route {
  method: string;
  /** A complete path, or a pattern that must match all of it. */
  path: string | RegExp;
  handle: Handler;
}

/** In order: `['list', 'register']`. By count: `{ list: 1, token: 2 }`; other routes must not be called. */
export type Script = readonly string[] | Readonly<Record<string, number>>;

/** Every value of a header, in the order of the request; names are compared without case. */
export function headerValues(seen: Pick<SeenRequest, 'rawHeaders'>, name: string): string[] {
  return seen.rawHeaders.filter(
    (_, index) => index % 2 === 1 && seen.rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase(),
  );
}

/** The only value of a header; undefined when it is absent. Repeated headers are joined, so that they match nothing. */
export function header(seen: Pick<SeenRequest, 'rawHeaders'>, name: string): string | undefined {
  const values = headerValues(seen, name);
  return values.length === 0 ? undefined : values.join(' | ');
}

/**
 * A server on 127.0.0.1 that collects complaints: about calls outside its routes or its script, and everything that its
 * routes report with `complain`. `assertDone` throws the complaints and the missing calls. Disposing throws complaints
 * that were not taken, so that a forgotten `assertDone` hides nothing.
 */
export class StrictServer implements AsyncDisposable {
  readonly calls: SeenRequest[] = [];
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #ended = new AbortController();
  #script: Script | undefined;
  #complaints: string[] = [];

  private constructor(server: Server, routes: Readonly<Record<string, Route>>) {
    this.#server = server;
    this.#routes = new Map(Object.entries(routes));
    server.on('request', (request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (this.#ended.signal.aborted) return;
        this.complain(`the fake itself failed: ${String(error)}`);
        response.destroy();
      });
    });
  }

  /** Binds a free port of 127.0.0.1. `routes` maps the name of a call to its handler. */
  static async start(routes: Readonly<Record<string, Route>>): Promise<StrictServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new StrictServer(server, routes);
  }

  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  get origin(): string {
    return originOf(this.#server);
  }

  /** Sets the handler for requests to change the protocol (RFC 9110 7.8); without it they are ordinary calls. */
  onUpgrade(take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void {
    this.#server.on('upgrade', take);
  }

  /** Sets the calls that must come from now on; earlier calls are not counted. */
  expectCalls(script: Script): void {
    this.#script = script;
    this.calls.length = 0;
  }

  /** The calls of one route, in order. */
  callsTo(name: string): SeenRequest[] {
    return this.calls.filter((seen) => seen.call === name);
  }

  /** Records a fault that a correct client never has. */
  complain(text: string): void {
    this.#complaints.push(text);
  }

  /** Returns the complaints so far and clears them, for tests that provoke one. */
  takeComplaints(): string[] {
    const taken = this.#complaints;
    this.#complaints = [];
    return taken;
  }

  /** @throws AssertionError on a missing, surplus or wrong call. */
  assertDone(): void {
    const faults = [...this.takeComplaints(), ...this.#missing()];
    if (faults.length > 0) throw new AssertionError({ message: `strict server: ${faults.join('; ')}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    const faults = this.takeComplaints();
    if (faults.length > 0) throw new AssertionError({ message: `strict server: ${faults.join('; ')}` });
  }

  #missing(): string[] {
    const script = this.#script;
    if (script === undefined) return [];
    if (isOrdered(script)) {
      return script.slice(this.calls.length).map((name) => `missing call: ${name}`);
    }
    return Object.entries(script)
      .filter(([name, times]) => this.callsTo(name).length < times)
      .map(([name, times]) => `missing call: ${name} (${this.callsTo(name).length} of ${times})`);
  }

  #isExpected(name: string): boolean {
    const script = this.#script;
    if (script === undefined) return true;
    if (isOrdered(script)) return script[this.calls.length] === name;
    return this.callsTo(name).length < (script[name] ?? 0);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '';
    const url = new URL(target, this.origin);
    // A real browser requests this without being asked.
    if (url.pathname === '/favicon.ico') return void response.writeHead(404).end();
    const found = [...this.#routes].find(([, route]) => fits(route, request.method, url.pathname));
    const seen = await readRequest(request, found?.[0] ?? '?', url);
    const expected = found !== undefined && this.#isExpected(found[0]);
    this.calls.push(seen);
    if (found === undefined) {
      this.complain(`wrong call: ${seen.method} ${seen.path}`);
      return void response.writeHead(404).end();
    }
    if (!expected) {
      this.complain(`surplus call: ${found[0]} (call ${this.calls.length})`);
      return void response.writeHead(500, { 'Content-Type': 'text/plain' }).end('unexpected call');
    }
    if (!seen.complete) return void response.destroy();
    const planned = await found[1].handle(seen);
    if (planned.delayMs !== undefined)
      await sleep(planned.delayMs, undefined, { signal: this.#ended.signal });
    const body = Buffer.from(planned.body ?? '');
    const fields = [...(planned.headers ?? []).flat(), 'Content-Length', String(body.length)];
    response.writeHead(planned.status, fields).end(body);
  }
}

/** `http://127.0.0.1:PORT` of a listening server. */
export function originOf(server: Server): string {
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${address.port}`;
}

async function readRequest(request: IncomingMessage, call: string, url: URL): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  let complete = true;
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    complete = false;
  }
  const body = Buffer.concat(chunks);
  const framed = request.headers['content-length'] === undefined ? 'none' : 'length';
  return {
    call,
    method: request.method ?? '',
    target: request.url ?? '',
    path: url.pathname,
    query: url.searchParams,
    rawHeaders: request.rawHeaders,
    body,
    sha256: createHash('sha256').update(body).digest('hex'),
    framing: request.headers['transfer-encoding'] === undefined ? framed : 'chunked',
    complete,
  };
}

function fits(route: Route, method: string | undefined, path: string): boolean {
  if (route.method !== method) return false;
  return typeof route.path === 'string' ? route.path === path : route.path.exec(path)?.[0] === path;
}

function isOrdered(script: Script): script is readonly string[] {
  return Array.isArray(script);
}
