// The options of `serve` about the network, and what the system reports of an address, a port and a certificate.
import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkNetwork, startOnNetwork } from '../../../src/commands/serve/serve-network.js';
import { asOrdinaryUser, ordinaryFolder } from '../../support/ordinary-user.js';
import { countingService, start } from './support.js';

describe('an address to listen on', () => {
  it.each(['127.0.0.1', '::1', 'localhost', '192.0.2.10', '2001:db8::7'])('%s may be tried', (host) => {
    expect(() => checkNetwork({ host, port: 1 })).not.toThrow();
  });

  it.each([
    ['', 'clients cannot use'],
    ['[::1]', 'without brackets'],
    ['fe80::1%eth0', 'clients cannot use'],
    ['a b', 'clients cannot use'],
    ['0.0.0.0', 'every address'],
    ['::', 'every address'],
    ['0:0:0:0:0:0:0:0', 'every address'],
  ])('%j is refused', (host, words) => {
    const thrown = expect.objectContaining({ code: 'usage' });
    expect(() => checkNetwork({ host, port: 1 })).toThrow(thrown);
    try {
      checkNetwork({ host, port: 1 });
    } catch (error) {
      expect(`${error} ${error instanceof Error && 'hint' in error ? error.hint : ''}`).toContain(words);
    }
  });
});

describe('a server that cannot be started', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await ordinaryFolder('bimservice-network-');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const options = { host: '127.0.0.1', port: 0, services: [countingService('one')] };
  const leftOvers = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('bimservice-serve-'));

  it('names the certificate that is missing, and leaves nothing behind', async () => {
    const before = await leftOvers();
    const cert = join(folder, 'none.pem');
    await expect(startOnNetwork({ ...options, tls: { cert, key: cert } })).rejects.toMatchObject({
      code: 'usage',
      message: `the certificate cannot be used: ${cert} (no such file or folder, ENOENT)`,
    });
    expect((await leftOvers()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'names the key that this user may not read, and does not report the port',
    async () => {
      const key = join(folder, 'key.pem');
      await writeFile(key, 'secret', { mode: 0o000 });
      const started = asOrdinaryUser(() => startOnNetwork({ ...options, tls: { cert: key, key } }));
      await expect(started).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining(`${key} (permission denied, EACCES`),
      });
    },
  );

  it('names the port that is in use', async () => {
    await using other = await start();
    const port = Number(new URL(other.origin).port);
    await expect(startOnNetwork({ ...options, port })).rejects.toMatchObject({
      code: 'port-busy',
      message: `port 127.0.0.1:${port} is in use`,
    });
  });
});
