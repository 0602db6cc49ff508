// A real squid, the proxy of many companies, on an unprivileged port. Its configuration is in a temporary folder.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Peer, peerFolder, startPeer } from './peer.js';

export interface SquidOptions {
  /** Names that only the proxy knows; all of them are this machine. */
  hosts: readonly string[];
  /** Ports to which CONNECT is allowed. */
  tunnels: readonly number[];
  user?: { name: string; password: string };
}

const HELPERS = [
  '/usr/lib/squid/basic_ncsa_auth',
  '/usr/lib64/squid/basic_ncsa_auth',
  '/usr/libexec/squid/basic_ncsa_auth',
];

/** Its log is `access.log`, one line for each request: `TIME MS CLIENT STATUS BYTES METHOD TARGET USER …`. */
export async function startSquid(program: string, { hosts, tunnels, user }: SquidOptions): Promise<Peer> {
  const folder = await peerFolder();
  const port = await freePort();
  const file = (name: string) => join(folder, name);
  await writeFile(file('hosts'), hosts.map((host) => `127.0.0.1 ${host}\n`).join(''));
  const rules: string[] = [];
  if (user) {
    const helper = HELPERS.find((path) => existsSync(path));
    if (helper === undefined) throw new Error('squid has no basic_ncsa_auth');
    const hash = execFileSync('openssl', ['passwd', '-apr1', '-stdin'], {
      input: user.password,
      encoding: 'utf8',
    });
    await writeFile(file('passwords'), `${user.name}:${hash.trim()}\n`);
    rules.push(
      `auth_param basic program ${helper} ${file('passwords')}`,
      'auth_param basic children 2 startup=1',
      'auth_param basic realm office',
      'acl known proxy_auth REQUIRED',
    );
  }
  const configuration = [
    `http_port 127.0.0.1:${port}`,
    `hosts_file ${file('hosts')}`,
    `pid_filename ${file('squid.pid')}`,
    `access_log stdio:${file('access.log')}`,
    `cache_log ${file('cache.log')}`,
    `coredump_dir ${folder}`,
    'visible_hostname office.test',
    'cache deny all',
    'pinger_enable off',
    'shutdown_lifetime 0 seconds',
    ...rules,
    `acl tunnels port ${tunnels.length > 0 ? tunnels.join(' ') : '443'}`,
    'acl CONNECT method CONNECT',
    'http_access deny CONNECT !tunnels',
    `http_access allow ${user ? 'known' : 'all'}`,
    'http_access deny all',
    '',
  ].join('\n');
  await writeFile(file('squid.conf'), configuration);
  return startPeer(program, ['-N', '-f', file('squid.conf')], folder, port);
}
