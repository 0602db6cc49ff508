// The sockets of the provider: http, or https with certificates that are read again when they change.

import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../../errors.js';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly tls?: TlsFiles | undefined;
  /** Called with each new connection, before anything is read from it. */
  readonly onConnection: (socket: Socket) => void;
  /** Called when a changed certificate cannot be used; the old one stays. */
  readonly onTrouble: (reason: string) => void;
}

export interface Listening {
  readonly server: Server;
  /** `http(s)://HOST:PORT`, as bound. */
  readonly origin: string;
  /** Reads the certificates again. */
  reload(): Promise<void>;
  /** Accepts no more connections; open connections continue. */
  stop(): void;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** The certificates are checked at this interval, in ms. Watching the folder does not detect a changed target of certbot's symlinks. */
const LOOK_MS = 5000;

/** A body is read from its socket while less than this waits for its reader: Node 20's default. Node 22 has 64 KiB, so that two reads came at once. */
const READ_AHEAD_BYTES = 16 * 1024;

/** Further connections are closed at once: each costs memory and a file descriptor. */
const MOST_CONNECTIONS = 8192;

/** Rejects with Node's error: EADDRINUSE, ENOENT for a missing certificate, `ERR_OSSL_…` for a wrong one. */
export async function listen(
  options: ListenOptions,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listening> {
  // Node's limit for whole requests would cut slow uploads after five minutes (CASES B152).
  const settings = {
    requestTimeout: 0,
    headersTimeout: 60_000,
    keepAliveTimeout: 30_000,
    highWaterMark: READ_AHEAD_BYTES,
  };
  const { tls } = options;
  const tlsServer = tls === undefined ? null : createTlsServer({ ...settings, ...(await readTls(tls)) });
  const server: Server = tlsServer ?? createServer(settings);
  server.maxConnections = MOST_CONNECTIONS;
  if (tls === undefined) {
    // Only the option of net.Server: to pause a socket of an HTTP server later switches off that its reading waits for its
    // readers. A TLS connection is read for its handshake.
    Object.assign(server, { pauseOnConnect: true });
    server.on('connection', options.onConnection);
  }
  server.on('request', onRequest);
  // A client that sends `Expect` gets `100 Continue` only from a handler that needs the body.
  server.on('checkContinue', onRequest);
  const origin = await bind(server, options);
  const reload = async (): Promise<void> => {
    if (tls === undefined || tlsServer === null) return;
    try {
      tlsServer.setSecureContext(await readTls(tls));
    } catch (error) {
      options.onTrouble(`the certificate was not read again: ${messageOf(error)}`);
    }
  };
  const onChange = (): void => void reload();
  if (tls !== undefined) {
    for (const file of [tls.cert, tls.key])
      watchFile(file, { interval: LOOK_MS, persistent: false }, onChange);
  }
  return {
    server,
    origin,
    reload,
    stop: () => void server.close(),
    close: async () => {
      if (tls !== undefined) for (const file of [tls.cert, tls.key]) unwatchFile(file, onChange);
      const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Both files, checked: certificate and key must belong together. */
async function readTls({ cert, key }: TlsFiles): Promise<{ cert: Buffer; key: Buffer }> {
  const files = { cert: await readFile(cert), key: await readFile(key) };
  createSecureContext(files);
  return files;
}

function bind(server: Server, { port, host, tls }: ListenOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { family, port: bound } = server.address() as AddressInfo;
      const name = family === 'IPv6' ? `[${host}]` : host;
      resolve(`${tls === undefined ? 'http' : 'https'}://${name}:${bound}`);
    });
  });
}
