// A real nginx in front of a provider, with its own limits. Its configuration is in a temporary folder.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Identity } from './certificates.js';
import { freePort, type Peer, peerFolder, startPeer } from './peer.js';

export interface NginxOptions {
  /** The port of the provider behind it, or those of several. */
  upstream: number | readonly number[];
  /** Its own port; any free one by default. */
  port?: number;
  /** Directives for the server, without `;`: `client_max_body_size 2m`. */
  settings?: readonly string[];
  tls?: Identity;
}

export async function startNginx(
  program: string,
  { upstream, port: own, settings = [], tls }: NginxOptions,
): Promise<Peer> {
  const folder = await peerFolder();
  const port = own ?? (await freePort());
  const file = (name: string) => join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const server = [
    `listen 127.0.0.1:${port}${tls ? ' ssl' : ''}`,
    ...(tls ? [`ssl_certificate ${tls.certFile}`, `ssl_certificate_key ${tls.keyFile}`] : []),
    ...settings,
  ];
  const configuration = [
    'daemon off;',
    'worker_processes 1;',
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    `pid ${file('nginx.pid')};`,
    `error_log ${file('error.log')} info;`,
    'events {}',
    'http {',
    `  access_log ${file('access.log')};`,
    ...temporary.map((name) => `  ${name}_temp_path ${file(name)};`),
    '  upstream providers {',
    ...[upstream].flat().map((each) => `    server 127.0.0.1:${each};`),
    '  }',
    '  server {',
    ...server.map((line) => `    ${line};`),
    '    location / {',
    '      proxy_pass http://providers;',
    `      proxy_set_header Host ${typeof upstream === 'number' ? `127.0.0.1:${upstream}` : '$http_host'};`,
    '      proxy_http_version 1.1;',
    '    }',
    '  }',
    '}',
    '',
  ].join('\n');
  await writeFile(file('nginx.conf'), configuration);
  return startPeer(program, ['-e', file('error.log'), '-c', file('nginx.conf')], folder, port);
}
