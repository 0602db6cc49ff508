// Real servers of other projects (squid, nginx) as peers of a test: finds them, starts and stops them.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The path of the program, or null when the machine does not have it; a message then says how to install it. With
 * BIMSERVICE_REQUIRE_NETWORK_PEERS=1 a missing program is a failure.
 */
export function findPeer(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const advice = `${name} is not installed (Debian: apt-get install ${name})`;
  if (process.env.BIMSERVICE_REQUIRE_NETWORK_PEERS === '1') throw new Error(advice);
  console.log(`skipped: tests with a real ${name}: ${advice}`);
  return null;
}

/** A folder that a server can also write to after it has dropped its rights. */
export async function peerFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-peer-'));
  await chmod(folder, 0o777);
  return folder;
}

/**
 * A port that was free when it was checked. It is below the ports that the system gives to `listen(0)` and to connections,
 * so that none of those takes it before the server of the test does.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(15_000, 32_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return freePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Peer extends AsyncDisposable {
  readonly port: number;
  /** The content of a file in its folder; empty when the file does not exist yet. */
  log(name: string): Promise<string>;
}

/** Starts a server in the foreground and waits until its port accepts connections. Removes `folder` at the end. */
export async function startPeer(
  program: string,
  argv: string[],
  folder: string,
  port: number,
): Promise<Peer> {
  const child = spawn(program, argv, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  const exit = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const peer = {
    port,
    log: (name: string) => readFile(join(folder, name), 'utf8').catch(() => ''),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 3000).unref())]);
      if (child.exitCode === null) child.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await untilOpen(port, child);
  } catch (error) {
    await peer[Symbol.asyncDispose]();
    throw new Error(`${program} did not start: ${Buffer.concat(said).toString().slice(0, 2000)}`, {
      cause: error,
    });
  }
  return peer;
}

async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no process listens on port ${port}`);
}
