// Small rules of the provider, each by itself: who has a secret, whose token is revoked, when a token ends, and how a file of services is read.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/serve/config/read-config.js';
import { Clients, hasSecret } from '../../../src/serve/oauth/clients.js';
import { Tokens } from '../../../src/serve/oauth/tokens.js';
import { createMemoryStore } from '../../../src/serve/store/memory.js';
import * as client from './support.js';

const REDIRECT = 'https://client.example/callback';
const random = (bytes: number) => randomBytes(bytes).toString('base64url');
const SERVICE = { name: 'A', command: ['a'], outputs: ['X'] };

describe('clients and tokens', () => {
  const opened = () => {
    const store = createMemoryStore(Date.now);
    const clients = new Clients(store, Date.now, random);
    return { store, clients, tokens: new Tokens(store, clients, Date.now, random, null) };
  };
  const wish = { name: 'C', redirectUris: [REDIRECT], dialect: 'standard' as const };

  it('no secret is that of a public client', async () => {
    const { client: added } = await opened().clients.add({ ...wish, isPublic: true });
    expect(hasSecret(added, '')).toBe(false);
    expect(hasSecret(added, 'a secret')).toBe(false);
  });

  it('a token ends with its user', async () => {
    const { store, clients, tokens } = opened();
    const { client: added } = await clients.add({ ...wish, isPublic: true });
    await store.create('user', 'anna', {}, null);
    const { token } = await tokens.issue({ client: added, serviceId: 'one', user: 'anna' });
    expect(await tokens.find(token)).toMatchObject({ user: 'anna' });
    await store.remove('user', 'anna');
    expect(await tokens.find(token)).toBeUndefined();
  });

  it('no client revokes the token of another one', async () => {
    const store = createMemoryStore(Date.now);
    await using provider = await client.start({ store });
    const token = await client.getToken(provider);
    const other = await client.registerClient(provider);
    const fields = { token, client_id: other.id, client_secret: other.secret };
    const response = await client.ask(`${provider.origin}/oauth/revoke`, {
      headers: { 'Content-Type': client.FORM },
      body: new URLSearchParams(fields).toString(),
    });
    expect(response.status).toBe(200);
    expect(await store.list('token')).toHaveLength(1);
  });
});

describe('a file of services', () => {
  it('a time of the processor is rounded up to whole seconds', () => {
    const read = (cpu: string) => readConfig(JSON.stringify([{ ...SERVICE, cpu }]));
    expect(read('500ms')).toMatchObject([{ cpuSeconds: 1 }]);
    expect(read('1500ms')).toMatchObject([{ cpuSeconds: 2 }]);
  });

  it('a byte order mark of an editor is no mistake', () => {
    expect(readConfig(`\ufeff${JSON.stringify([SERVICE])}`)).toMatchObject([{ id: 'a' }]);
  });

  it.each(['\n', '\r\n', '\r'])('lines are counted with %j at their ends', (end) => {
    const lines = ['[', ' {', '  "name": "A",', '  "command": ["a"],', '  "outputs": 1', ' }', ']'];
    expect(readConfig(lines.join(end))).toMatchObject({ line: 5 });
  });

  it('an unknown name is shown without control characters', () => {
    const mistake = readConfig(JSON.stringify([{ ...SERVICE, 'x\u001b[2J': 1 }]));
    expect(JSON.stringify(mistake)).toContain('is not known here');
    expect(JSON.stringify(mistake)).not.toContain('\\u001b');
  });
});
