// The original form of the protocol in another language: the service of test/support/php, run by PHP's own server.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, peerFolder, type Peer as RunningPeer, startPeer } from './peer.js';
import type { Peer } from './peer-meta.js';

const ROUTER = fileURLToPath(new URL('php/router.php', import.meta.url));
const HOW_TO_GET_IT = 'php was not found; install it with apt-get install php-cli';

/**
 * The path of PHP, or null when the machine does not have it; a message then says how to install it. With
 * BIMSERVICE_REQUIRE_PHP=1 a missing PHP is a failure.
 */
export function findPhp(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = folders.map((folder) => join(folder, 'php')).find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (env.BIMSERVICE_REQUIRE_PHP === '1') throw new Error(HOW_TO_GET_IT);
  console.warn(`skipped: tests with a PHP service: ${HOW_TO_GET_IT}`);
  return null;
}

/** `8.2.1` */
export function phpVersion(php: string): string {
  return execFileSync(php, ['-n', '-r', 'echo PHP_VERSION;'], { encoding: 'utf8' });
}

/** For `task.meta.peer`. */
export function phpPeer(php: string): Peer {
  return {
    name: 'PHP service (original flat form)',
    version: `PHP ${phpVersion(php)}`,
    ran: 'list, registration, consent and denial, token by JSON only, model, BCF',
  };
}

export interface PhpService extends RunningPeer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly listUrl: string;
  /** The requests so far, `METHOD PATH CONTENT-TYPE STATUS`; with `path`, only the requests to it. */
  requests(path?: string): Promise<string[]>;
  /** The refused requests, `METHOD PATH STATUS REASON`. */
  refusals(): Promise<string[]>;
}

export async function startPhpService(php: string): Promise<PhpService> {
  const folder = await peerFolder();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  // Without the machine's php.ini. Models may have any size, and PHP's own messages stay out of the responses.
  const argv = [
    '-n',
    '-d',
    'post_max_size=0',
    '-d',
    'display_errors=stderr',
    '-S',
    `127.0.0.1:${port}`,
    ROUTER,
  ];
  const peer = await startPeer('/usr/bin/env', [`BIM_PHP_STATE=${folder}`, php, ...argv], folder, port);
  const lines = async (name: string) => (await peer.log(name)).split('\n').filter((line) => line !== '');
  return {
    ...peer,
    origin,
    listUrl: `${origin}/services.json`,
    async requests(path) {
      const all = await lines('requests.log');
      return path === undefined ? all : all.filter((line) => line.split(' ')[1] === path);
    },
    refusals: () => lines('refused.log'),
  };
}
