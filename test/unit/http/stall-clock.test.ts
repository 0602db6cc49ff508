// The clock of a stall: it counts the time in which we wait for the network and nothing moves, and no other.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { queuesOf } from '../../../src/io/http/socket-queues.js';
import { StallClock, type StallClockOptions } from '../../../src/io/http/stall-clock.js';

function clock(more: Partial<StallClockOptions>): { stalls: number[]; clock: StallClock } {
  const stalls: number[] = [];
  const options: StallClockOptions = {
    limitMs: 240,
    hiddenLimitMs: 960,
    isWaiting: () => true,
    look: async () => 'the same',
    onStall: (ms) => stalls.push(ms),
    ...more,
  };
  return { stalls, clock: new StallClock(options) };
}

test('a wait without a movement ends at the limit, once', async () => {
  const { stalls } = clock({});
  await expect.poll(() => stalls).toEqual([240]);
  await delay(300);
  expect(stalls).toEqual([240]);
});

test('where nothing can be seen, the longer limit holds', async () => {
  const { stalls } = clock({ look: async () => null });
  await expect.poll(() => stalls).toEqual([960]);
});

test('what moves, and what is no wait for the network, ends no connection', async () => {
  let moved = 0;
  const moving = clock({ look: async () => String(moved++) });
  const idle = clock({ isWaiting: () => false });
  await delay(1000);
  moving.clock[Symbol.dispose]();
  idle.clock[Symbol.dispose]();
  expect([moving.stalls, idle.stalls]).toEqual([[], []]);
});

test('time in which the process could not run does not count', async () => {
  const { stalls, clock: stopped } = clock({});
  const end = performance.now() + 1000;
  while (performance.now() < end);
  await delay(60);
  stopped[Symbol.dispose]();
  expect(stalls).toEqual([]);
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux.each(['127.0.0.1', '::1'])(
  'the kernel says what a program on this machine has not read, %s',
  async (host) => {
    const server = createServer();
    await once(server.listen(0, host), 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const socket = connect(address.port, host);
    const [[peer]] = await Promise.all([accepted, once(socket, 'connect')]);
    peer.pause();
    const empty = await queuesOf(socket);
    await new Promise((resolve) => socket.write(Buffer.alloc(100_000), resolve));
    await expect.poll(async () => (await queuesOf(socket)) !== empty).toBe(true);
    const full = await queuesOf(socket);
    peer.resume();
    await expect.poll(() => queuesOf(socket)).toBe(empty);
    expect(full).not.toBe(empty);
    socket.destroy();
    server.close();
  },
);
