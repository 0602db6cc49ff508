// The address that limits and logs use: behind a proxy only what the proxy itself has appended counts.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddress, networkOf } from '../../../src/serve/http/client-address.js';
import { ask } from './support.js';

/** The address of a real request with these header fields. */
async function addressOf(headers: Record<string, string>, behindProxy: boolean): Promise<string> {
  const server = createServer((request, response) => {
    response.end(clientAddress(request, behindProxy));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { text } = await ask(`http://127.0.0.1:${port}/`, { headers });
  server.closeAllConnections();
  server.close();
  return text;
}

test.each([
  ['of the sender, whose header does not count', { 'X-Forwarded-For': '203.0.113.7' }, false, '127.0.0.1'],
  ['that the proxy has appended', { 'X-Forwarded-For': '198.51.100.1, 203.0.113.7' }, true, '203.0.113.7'],
  ['of IPv6', { 'X-Forwarded-For': '2001:db8::7' }, true, '2001:db8::7'],
  ['of IPv4 with a port', { 'X-Forwarded-For': '203.0.113.7:5678' }, true, '203.0.113.7'],
  ['of IPv6 with a port', { 'X-Forwarded-For': '[2001:db8::7]:5678' }, true, '2001:db8::7'],
  ['of the proxy, without the header', {}, true, '127.0.0.1'],
  [
    'of the proxy, where the last part is no address',
    { 'X-Forwarded-For': '203.0.113.7, x' },
    true,
    '127.0.0.1',
  ],
])('%s', async (_, headers, behindProxy, expected) => {
  expect(await addressOf(headers, behindProxy)).toBe(expected);
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:02::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['unknown', 'unknown'],
])('limits count %s as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
