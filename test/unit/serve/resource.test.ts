// The resource endpoint: the bearer check, results and failures on the wire, and responses that come before the body is complete.

import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/serve/provider.js';
import { type ServedService, ServiceError } from '../../../src/serve/service/served-service.js';
import * as client from './support.js';

let provider: Provider;
let now: number;
let aborted: Promise<void>;
let onAbort: () => void;

const failing = (id: string, error: Error): ServedService => ({
  ...client.countingService(id),
  run: () => Promise.reject(error),
});

beforeEach(async () => {
  now = Date.UTC(2024, 0, 1);
  aborted = new Promise((resolve) => {
    onAbort = resolve;
  });
  const waiting: ServedService = {
    ...client.countingService('waiting'),
    run: (_model, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          onAbort();
          reject(signal.reason);
        });
      }),
  };
  const services = [
    client.countingService('one'),
    client.countingService('two'),
    failing('failing', new ServiceError(3, 'No\u0007 such\nschema')),
    failing('broken', new Error('password of the database')),
    waiting,
  ];
  provider = await client.start({ services, now: () => now });
});
afterEach(() => provider[Symbol.asyncDispose]());

const tokenFor = (name: string): Promise<string> =>
  client.getToken(provider, { state: JSON.stringify({ _serviceName: `Counting ${name}` }) });

const post = (id: string, headers: Record<string, string | string[]>, query = ''): Promise<client.Answer> =>
  client.ask(`${provider.origin}/services/${id}${query}`, { headers, body: 'model' });

describe('the bearer check (RFC 6750)', () => {
  it.each<[string, (token: string) => Record<string, string | string[]>, string, number, string | null]>([
    ['no Authorization', () => ({}), '', 401, null],
    ['another scheme', () => ({ Authorization: 'Basic YTpi' }), '', 401, null],
    ['no token', () => ({ Authorization: 'Bearer' }), '', 400, 'invalid_request'],
    ['two words', () => ({ Authorization: 'Bearer a b' }), '', 400, 'invalid_request'],
    ['an unknown token', () => ({ Authorization: 'Bearer abc' }), '', 401, 'invalid_token'],
    [
      'two fields',
      (token) => ({ Authorization: [`Bearer ${token}`, `Bearer ${token}`] }),
      '',
      400,
      'invalid_request',
    ],
    ['a token in the address', () => ({}), '?access_token=abc', 400, 'invalid_request'],
    [
      'a token in both',
      (token) => ({ Authorization: `Bearer ${token}` }),
      '?access_token=a',
      400,
      'invalid_request',
    ],
  ])('refuses %s', async (_title, headers, query, status, error) => {
    const received = await post('one', headers(await tokenFor('one')), query);
    expect(received.status).toBe(status);
    const challenge = received.headers['www-authenticate'];
    if (error === null) expect(challenge).toBe('Bearer realm="bimservice"');
    else expect(challenge).toContain(`Bearer realm="bimservice", error="${error}"`);
  });

  it('refuses the token of another service', async () => {
    const headers = { Authorization: `Bearer ${await tokenFor('two')}` };
    const received = await post('one', headers);
    expect(received.status).toBe(401);
    expect(received.headers['www-authenticate']).toContain('error="invalid_token"');
    expect((await post('two', headers)).status).toBe(200);
  });

  it('refuses a token after its eight hours', async () => {
    const headers = { Authorization: `Bearer ${await tokenFor('one')}` };
    now += 8 * 3_600_000 - 1;
    expect((await post('one', headers)).status).toBe(200);
    now += 1;
    expect((await post('one', headers)).headers['www-authenticate']).toContain('invalid_token');
  });

  it('accepts the scheme in any case', async () => {
    expect((await post('one', { Authorization: `bearer ${await tokenFor('one')}` })).status).toBe(200);
  });
});

describe('the response', () => {
  it('has the header fields of PROTOCOL 1.5, names and titles in UTF-8', async () => {
    const received = await post('one', {
      Authorization: `Bearer ${await tokenFor('one')}`,
      'Input-Type': '"IFC_STEP_4"',
    });
    expect(received.text).toBe('5 bytes of IFC_STEP_4');
    expect(Buffer.from(String(received.headers['data-title']), 'latin1').toString('utf8')).toBe('Größe');
    expect(received.headers['content-disposition']).toBe(
      `attachment; filename="gr__e _1_.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.txt`,
    );
    expect(received.headers['content-length']).toBe(String(received.bytes.byteLength));
  });

  it('of a failed run is Output-Type ERROR with code and message', async () => {
    const received = await post('failing', { Authorization: `Bearer ${await tokenFor('failing')}` });
    expect(received.status).toBe(200);
    expect(received.headers['output-type']).toBe('ERROR');
    expect(client.readJson(received)).toEqual({
      code: 3,
      message: `No such schema (request ${received.headers['x-request-id']})`,
    });
  });

  it('of a broken run shows no internal details', async () => {
    const received = await post('broken', { Authorization: `Bearer ${await tokenFor('broken')}` });
    expect(client.readJson(received)).toEqual({
      code: 500,
      message: `Unknown error (request ${received.headers['x-request-id']})`,
    });
  });

  // It may become a word of a command (B158).
  it.each(['--config=/etc/passwd', '-x', '; rm -rf /', '$(x)', 'größe', 'X'.repeat(300)])(
    'is 415 for the Input-Type %s, also of a service that takes every type',
    async (inputType) => {
      await using any = await client.start({ services: [{ ...client.countingService('any'), inputs: [] }] });
      const headers = { Authorization: `Bearer ${await client.getToken(any)}`, 'Input-Type': inputType };
      const received = await client.ask(`${any.origin}/services/any`, { headers, body: 'model' });
      expect([received.status, client.readJson(received).error]).toEqual([415, 'unsupported_input_type']);
      const good = { ...headers, 'Input-Type': 'ifc2x3tc1' };
      expect((await client.ask(`${any.origin}/services/any`, { headers: good, body: 'm' })).status).toBe(200);
    },
  );

  it('is 404 for an unknown service, 405 for GET, 415 for a packed model, 421 for a foreign host name', async () => {
    const Authorization = `Bearer ${await tokenFor('one')}`;
    expect((await post('none', { Authorization })).status).toBe(404);
    const get = await client.ask(`${provider.origin}/services/one`, { headers: { Authorization } });
    expect([get.status, get.headers.allow]).toEqual([405, 'POST']);
    expect((await post('one', { Authorization, 'Content-Encoding': 'gzip' })).status).toBe(415);
    expect((await post('one', { Authorization, Host: 'rebound.example' })).status).toBe(421);
  });
});

interface Conversation {
  socket: Socket;
  received: () => string;
  /** Resolves once the peer has ended its side. */
  ended: Promise<void>;
  errors: Error[];
}

function converse(head: string): Conversation {
  const socket = connect({
    port: Number(new URL(provider.origin).port),
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const errors: Error[] = [];
  let text = '';
  socket.on('error', (error) => errors.push(error));
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  socket.write(head.replaceAll('\n', '\r\n'));
  return { socket, received: () => text, ended, errors };
}

const head = (token: string, more: string, id = 'one'): string =>
  `POST /services/${id} HTTP/1.1\nHost: ${new URL(provider.origin).host}\nAuthorization: Bearer ${token}\n${more}\n\n`;

describe('B157: an early refusal', () => {
  it('is whole, half-closes, and the body that is on its way is drained, not reset', async () => {
    const { socket, received, ended, errors } = converse(head('wrong', 'Content-Length: 500000'));
    await ended;
    expect(received()).toMatch(/^HTTP\/1\.1 401 /);
    expect(received()).toMatch(/\r\nConnection: close\r\n/i);
    expect(received()).toContain('"invalid_token"');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (let sent = 0; sent < 500_000; sent += 50_000) {
      await new Promise<void>((resolve) => socket.write(Buffer.alloc(50_000), () => resolve()));
    }
    socket.end();
    await closed;
    expect(errors).toEqual([]);
  });

  it('does not read a huge body to its end', async () => {
    const { socket, ended } = converse(head('wrong', 'Content-Length: 5000000000'));
    await ended;
    let sent = 0;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const chunk = Buffer.alloc(64 * 1024);
    const pump = (error?: Error | null): void => {
      if (error || socket.destroyed) return;
      sent += chunk.byteLength;
      socket.write(chunk, pump);
    };
    pump();
    await closed;
    // The bytes that the drain reads, and those that the sockets of both sides can hold.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('comes instead of 100 Continue', async () => {
    const refused = converse(head('wrong', 'Content-Length: 5\nExpect: 100-continue'));
    await refused.ended;
    expect(refused.received()).toMatch(/^HTTP\/1\.1 401 /);
    refused.socket.destroy();

    const accepted = converse(
      head(await tokenFor('one'), 'Content-Length: 5\nConnection: close\nExpect: 100-continue'),
    );
    await new Promise((resolve) => accepted.socket.once('data', resolve));
    expect(accepted.received()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    accepted.socket.write('model');
    await accepted.ended;
    expect(accepted.received()).toContain('HTTP/1.1 200 OK');
    accepted.socket.destroy();
  });
});

it('a run is aborted when its sender goes away', async () => {
  const { socket } = converse(head(await tokenFor('waiting'), 'Content-Length: 0', 'waiting'));
  setTimeout(() => socket.destroy(), 100);
  await aborted;
  expect(socket.destroyed).toBe(true);
});

it('B152: a body that comes byte by byte is accepted, without a limit for the whole request', async () => {
  const { socket, received, ended } = converse(
    head(await tokenFor('one'), 'Content-Length: 5\nConnection: close'),
  );
  for (const letter of 'model') {
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.write(letter);
  }
  await ended;
  expect(received()).toContain('5 bytes of');
  socket.destroy();
});
