// A registry with one package, the packed one of this checkout: what npx would fetch, without the network.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { PROJECT } from './environment.mjs';

/**
 * Serves `tarball`. All other packages are unknown, so npm leaves the optional one out.
 * @param {string} tarball the path of what `npm pack` made
 */
export async function openRegistry(tarball) {
  const bytes = await readFile(tarball);
  const manifest = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'));
  const server = createServer((request, response) => {
    if (request.url === `/${manifest.name}.tgz`) return response.end(bytes);
    if (request.url !== `/${manifest.name}`) return response.writeHead(404).end('{}');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(packument()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return { origin, bytes: bytes.length, close: () => server.close() };

  function packument() {
    const dist = {
      tarball: `${origin}/${manifest.name}.tgz`,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    };
    return {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    };
  }
}
