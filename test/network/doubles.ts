// Doubles for a network: a small service, and a proxy with optional faults. Both record everything that they receive.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ModelRequest, ModelResponse, SmallResponse } from '../../src/core/ports/http.js';
import { BimServiceError } from '../../src/errors.js';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS, type HttpLimits } from '../../src/io/http/limits.js';
import { stepModel } from '../support/fixtures.js';

/** What a service received of a request: its head, and how many bytes of the body came. */
export interface Visit {
  method: string;
  target: string;
  headers: IncomingMessage['headers'];
  bytes: number;
  /** The protocol that ALPN selected, when TLS is used. */
  alpn: string | false | null;
  clientPort: number;
}

export interface OpenService extends AsyncDisposable {
  readonly port: number;
  readonly visits: Visit[];
  /** How many connections were opened to it. */
  connections(): number;
}

export interface ServiceOptions {
  tls?: { key: string; cert: string };
  host?: string;
  port?: number;
  respond?: (visit: Visit, response: ServerResponse) => void;
  /** The status for `Expect: 100-continue`, sent before any body. */
  refuseEarly?: number;
}

/** The service's result for a model, unless a test sets another one. */
export const RESULT = 'checked: no findings\n';

const plainResponse = (_: Visit, response: ServerResponse) =>
  response
    .writeHead(200, { 'Output-Type': 'UNSTRUCTURED_UTF8_TEXT_1_0', 'Content-Type': 'text/plain' })
    .end(RESULT);

export async function openService(options: ServiceOptions = {}): Promise<OpenService> {
  const visits: Visit[] = [];
  let connections = 0;
  const server: Server = options.tls
    ? createTlsServer({ ...options.tls, ALPNProtocols: ['h2', 'http/1.1'] })
    : createServer();
  const record = (request: IncomingMessage): Visit => {
    const socket = request.socket as Partial<TLSSocket> & Socket;
    const visit: Visit = {
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headers,
      bytes: 0,
      alpn: socket.alpnProtocol ?? null,
      clientPort: socket.remotePort ?? 0,
    };
    visits.push(visit);
    return visit;
  };
  server.on('connection', () => {
    connections += 1;
  });
  // A client that refuses our certificate aborts the handshake.
  server.on('tlsClientError', () => {});
  const whole = async (request: IncomingMessage, response: ServerResponse) => {
    const visit = record(request);
    try {
      for await (const chunk of request) visit.bytes += chunk.length;
    } catch {
      return;
    }
    (options.respond ?? plainResponse)(visit, response);
  };
  server.on('request', whole);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (options.refuseEarly !== undefined) {
      record(request);
      response.writeHead(options.refuseEarly, { 'Content-Type': 'text/plain' }).end('early response');
      return;
    }
    response.writeContinue();
    void whole(request, response);
  });
  await listening(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    visits,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface NetworkProxy extends AsyncDisposable {
  /** `HOST:PORT` of the proxy. */
  readonly host: string;
  /** The first line and the headers of each request to the proxy itself. */
  readonly heads: string[];
  /** All bytes that came on connections that it did not accept. */
  refusedBytes(): Buffer;
  /** The number of open sockets, to it and from it. */
  open(): number;
}

export interface ProxyOptions {
  /** `USER:PASSWORD`; undefined lets every request pass. */
  credentials?: string;
  /** The bytes to send to any request, instead of serving it. */
  sends?: string;
  /** Accepts connections and sends nothing. */
  silent?: boolean;
  /** Closes the connection after the head of a request. */
  closes?: boolean;
}

const DENIED =
  'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="office"\r\n' +
  'Output-Type: UNSTRUCTURED_UTF8_TEXT_1_0\r\nContent-Length: 21\r\n\r\nthe proxy is speaking';

/** A proxy on 127.0.0.1, for CONNECT and for plain requests in absolute form. It resolves every name to 127.0.0.1. */
export async function startProxy(options: ProxyOptions = {}): Promise<NetworkProxy> {
  const heads: string[] = [];
  const refused: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createTcpServer((client) => {
    open.add(client);
    client.on('error', () => {});
    client.on('close', () => open.delete(client));
    let head = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      client.off('data', read);
      const text = head.subarray(0, end).toString('latin1');
      const rest = head.subarray(end + 4);
      heads.push(text);
      if (options.closes) return void client.end();
      if (options.silent || options.sends !== undefined || !mayPass(text, options.credentials)) {
        refused.push(rest);
        client.on('data', (more: Buffer) => refused.push(more));
        if (!options.silent) client.write(options.sends ?? DENIED);
        return;
      }
      pass(client, text, rest, open);
    };
    client.on('data', read);
  });
  await listening(server);
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heads,
    refusedBytes: () => Buffer.concat(refused),
    open: () => open.size,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function mayPass(head: string, credentials: string | undefined): boolean {
  if (credentials === undefined) return true;
  const sent = /^Proxy-Authorization: Basic (\S+)$/im.exec(head)?.[1] ?? '';
  return Buffer.from(sent, 'base64').toString() === credentials;
}

function pass(client: Socket, head: string, rest: Buffer, open: Set<Socket>): void {
  const tunnel = /^CONNECT [^:]+:(\d+) /.exec(head);
  const plain = /^(\S+) http:\/\/[^/:]+(?::(\d+))?(\S*)/.exec(head);
  const upstream = connect(Number(tunnel?.[1] ?? plain?.[2] ?? 80), '127.0.0.1');
  open.add(upstream);
  upstream.on('close', () => open.delete(upstream));
  const close = () => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on('error', close).on('close', close);
  if (tunnel) client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  else upstream.write(`${head.replace(/^(\S+) http:\/\/[^/]+/, '$1 ')}\r\n\r\n`);
  upstream.write(rest);
  client.pipe(upstream);
  upstream.pipe(client);
}

function listening(server: ReturnType<typeof createTcpServer>, host = '127.0.0.1', port = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

/** Both ways to send a request, as functions that return the response or the error. */
export function ways(options: { ca?: string[]; limits?: Partial<HttpLimits> } = {}) {
  const client = createHttpClient({
    ca: options.ca,
    userAgent: 'test',
    limits: { ...HTTP_LIMITS, ...options.limits },
    env: process.env,
  });
  const signal = new AbortController().signal;
  return {
    small: (url: string): Promise<SmallResponse | BimServiceError> =>
      client.request({ method: 'GET', url, headers: {} }, signal).catch(ours),
    model: async (url: string, bytes = 4000): Promise<Posted | BimServiceError> => {
      try {
        return await read(await client.postModel(modelRequest(url, bytes), signal));
      } catch (error) {
        return ours(error);
      }
    },
  };
}

export interface Posted {
  status: number;
  text: string;
}

async function read(response: ModelResponse): Promise<Posted> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return { status: response.status, text: Buffer.concat(chunks).toString() };
}

export function modelRequest(url: string, bytes: number): ModelRequest {
  const model = stepModel({ schema: 'IFC4', bytes });
  return {
    url,
    headers: { Authorization: 'Bearer token-of-the-service', 'Content-Type': 'application/octet-stream' },
    body: (async function* () {
      for (let at = 0; at < model.length; at += 65_536) yield model.subarray(at, at + 65_536);
    })(),
    length: model.length,
    waitMs: null,
    onProgress: () => {},
    onWarning: () => {},
  };
}

function ours(error: unknown): BimServiceError {
  if (error instanceof BimServiceError) return error;
  throw error;
}

/** A repository with one open service, for `--repository -`. */
export function repositoryOf(resourceUrl: string): string {
  return JSON.stringify({ services: [{ id: 1, name: 'Checker', inputs: [], outputs: [], resourceUrl }] });
}
