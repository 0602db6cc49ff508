// A real nats-server with JetStream, alone or as a cluster of three on this machine.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Link, type NatsOptions } from '../../src/serve/nats/link.js';
import { freePort } from './peer.js';

/**
 * The path of nats-server, or null where the machine does not have it; a message then says how to install it. With
 * BIMSERVICE_REQUIRE_NATS=1 a missing server is a failure.
 */
export function findNats(): string | null {
  const found = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'].find((path) =>
    existsSync(path),
  );
  if (found !== undefined) return found;
  const advice = 'nats-server is not installed (Debian: apt-get install nats-server)';
  if (process.env.BIMSERVICE_REQUIRE_NATS === '1') throw new Error(advice);
  console.log(`skipped: tests with NATS: ${advice}`);
  return null;
}

export interface NatsNode {
  readonly url: string;
  readonly port: number;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface NatsServers extends AsyncDisposable {
  readonly nodes: readonly NatsNode[];
  readonly url: string;
}

class Node implements NatsNode {
  #child: ChildProcess | undefined;
  #said = '';

  constructor(
    readonly port: number,
    private readonly program: string,
    private readonly argv: readonly string[],
  ) {}

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(this.program, [...this.argv], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-20_000);
    });
    for (;;) {
      if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}: ${this.#said}`);
      if (await isOpen(this.port)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** One server; `more` are options of nats-server (a user, TLS). */
export async function startNats(more: readonly string[] = [], port?: number): Promise<NatsServers> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-nats-'));
  const at = port ?? (await freePort());
  const argv = ['-js', '-a', '127.0.0.1', '-p', String(at), '-sd', folder, ...more];
  return started([new Node(at, program(), argv)], folder);
}

/** Three servers that replicate each other, ready to take streams of three replicas. */
export async function startNatsCluster(): Promise<NatsServers> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-nats-'));
  const ports: Array<readonly [number, number]> = [];
  for (let n = 0; n < 3; n += 1) ports.push([await freePort(), await freePort()]);
  const routes = ports.map(([, route]) => `nats://127.0.0.1:${route}`).join(',');
  const nodes = ports.map(([port, route], n) => {
    const cluster = ['--cluster_name', 'test', '--cluster', `nats://127.0.0.1:${route}`, '--routes', routes];
    const own = ['-n', `node${n}`, '-a', '127.0.0.1', '-p', String(port), '-sd', join(folder, String(n))];
    return new Node(port, program(), ['-js', ...own, ...cluster]);
  });
  return started(nodes, folder);
}

async function started(nodes: readonly Node[], folder: string): Promise<NatsServers> {
  const servers = {
    nodes,
    url: nodes.map(({ url }) => url).join(','),
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
    return servers;
  } catch (error) {
    await servers[Symbol.asyncDispose]();
    throw error;
  }
}

function program(): string {
  const found = findNats();
  if (found === null) throw new Error('nats-server is not installed');
  return found;
}

let names = 0;

/** A name that no other test uses. */
export function natsName(): string {
  names += 1;
  return `t${process.pid}_${names}`;
}

export function natsOptions(url: string, more: Partial<NatsOptions> = {}): NatsOptions {
  return { servers: url.split(','), name: natsName(), replicas: null, login: {}, tls: null, ...more };
}

export function openLink(url: string, more: Partial<NatsOptions> = {}): Promise<Link> {
  return Link.open(natsOptions(url, more), () => {});
}

/** Opens a link as soon as JetStream has a leader: some seconds after the start of a cluster. */
export async function openLinkSoon(url: string, more: Partial<NatsOptions> = {}): Promise<Link> {
  for (let turn = 0; ; turn += 1) {
    try {
      return await openLink(url, more);
    } catch (error) {
      if (turn > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
