// The repository and the services, in a process of their own that environment.mjs starts.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createModelServer } from './model-server.mjs';
import { modelBytes } from './models.mjs';
import { LARGE, SMALL, serviceList } from './services.mjs';

const services = createModelServer(
  new Map([SMALL, LARGE].map(({ path, bytes }) => [path, modelBytes(bytes)])),
);
const servicesOrigin = await listening(services);

/** The number of requests so far, returned by `/requests`. */
let requests = 0;

const repository = createServer((request, response) => {
  if (request.url === '/requests') return void response.end(String(requests));
  requests++;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(serviceList(servicesOrigin)));
});
process.send?.({ repository: `${await listening(repository)}/services`, services: servicesOrigin });
process.on('disconnect', () => process.exit());

/**
 * @param {import('node:net').Server} server
 * @returns {Promise<string>} its origin
 */
async function listening(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server has no port');
  return `http://127.0.0.1:${address.port}`;
}
