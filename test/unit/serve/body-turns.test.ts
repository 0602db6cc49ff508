// Which bodies are read from their sockets: the others wait in the kernel, and no one waits for a silent sender.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arrivals } from '../../../src/serve/http/arrivals.js';
import { BodyReader } from '../../../src/serve/http/bodies.js';
import { listen } from '../../../src/serve/http/listen.js';
import { type BodyTurn, BodyTurns } from '../../../src/serve/runs/body-turns.js';
import { receiveModel } from '../../../src/serve/runs/receive-model.js';
import type { ReceivedModel } from '../../../src/serve/runs/received-model.js';

const turnsOf = (atOnce: number, silentMs = 60_000, roundMs = 60_000) =>
  new BodyTurns(new Arrivals(), { atOnce, silentMs, roundMs });

describe('turns of bodies', () => {
  it('are given in the order of arrival, as many at once as allowed', async () => {
    const turns = turnsOf(2);
    const [a, b, c, d] = [turns.join(), turns.join(), turns.join(), turns.join()];
    const begun = [a, b, c, d].map((turn) => turn.begin());
    await Promise.all(begun.slice(0, 2));
    expect([a, b, c, d].map((turn) => turn.isOn)).toEqual([true, true, false, false]);
    b[Symbol.dispose]();
    await begun[2];
    expect([c, d].map((turn) => turn.isOn)).toEqual([true, false]);
    d[Symbol.dispose]();
    c[Symbol.dispose]();
    expect(turns.waiting).toBe(0);
  });

  it('of a silent sender end when another one waits', async () => {
    const turns = turnsOf(1, 1);
    const silent = turns.join();
    await silent.begin();
    const next = turns.join();
    await next.begin();
    expect([silent.isOn, next.isOn]).toEqual([false, true]);
    const again = silent.begin();
    next[Symbol.dispose]();
    await again;
    silent[Symbol.dispose]();
  });

  it('of a long body end too, so that each of the others goes on', async () => {
    const turns = turnsOf(1, 60_000, 1);
    const long = turns.join();
    await long.begin();
    const moving = setInterval(() => long.store()[Symbol.dispose](), 5);
    const next = turns.join();
    await next.begin();
    clearInterval(moving);
    expect(long.isOn).toBe(false);
    next[Symbol.dispose]();
    long[Symbol.dispose]();
  });

  it('keep their places while they store a piece: a slow disk gathers no pieces in memory', async () => {
    const turns = turnsOf(1, 1, 1);
    const storing = turns.join();
    await storing.begin();
    const piece = storing.store();
    const next = turns.join();
    const begun = next.begin();
    await expect.poll(() => storing.isOn).toBe(false);
    expect([next.isOn, turns.waiting]).toEqual([false, 1]);
    piece[Symbol.dispose]();
    await begun;
    expect(next.isOn).toBe(true);
    next[Symbol.dispose]();
    storing[Symbol.dispose]();
  });
});

describe('a body that waits for its turn', () => {
  const model = Buffer.alloc(32 << 20, 'model ');
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bimservice-turns-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Two looks with the same number: nothing more comes. */
  async function stillness(look: () => number): Promise<void> {
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = look() === before;
          before = look();
          return isStill;
        },
        { interval: 200 },
      )
      .toBe(true);
  }

  /** A server that takes one body, with this turn. */
  async function receiving(turn: BodyTurn, path: string, body = model) {
    let arrived: (incoming: IncomingMessage) => void = () => {};
    const incoming = new Promise<IncomingMessage>((resolve) => {
      arrived = resolve;
    });
    let result: Promise<ReceivedModel> | undefined;
    const server = createServer((asked, response) => {
      result = receiveModel(asked, { folder: () => dirname(path), name: basename(path) }, 1 << 30, turn);
      result.then(
        () => response.end(),
        () => response.destroy(),
      );
      arrived(asked);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST' });
    outgoing.on('error', () => {});
    outgoing.end(body);
    const { socket } = await incoming;
    const close = () => {
      outgoing.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    };
    return { socket, outgoing, result: () => result, close };
  }

  it('stays with its sender, whole when the turn comes', async () => {
    const turns = turnsOf(1);
    const other = turns.join();
    await other.begin();
    const path = join(folder, 'model');
    const taken = await receiving(turns.join(), path);
    await expect.poll(() => turns.waiting).toBe(1);
    await stillness(() => taken.socket.bytesRead);
    expect(taken.socket.bytesRead).toBeLessThan(1 << 20);
    other[Symbol.dispose]();
    await once(taken.outgoing, 'response');
    expect(await taken.result()).toMatchObject({ bytes: model.byteLength });
    expect(model.equals(await readFile(path))).toBe(true);
    await taken.close();
  });

  it('is read no faster than it is stored, once it was held back', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST' });
    outgoing.end(model);
    const [incoming, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    using reader = new BodyReader(incoming);
    reader.holdBack();
    let bytes = 0;
    let mostAhead = 0;
    for (let piece = await reader.next(60_000); piece !== null; piece = await reader.next(60_000)) {
      bytes += piece.byteLength;
      // As long as a write takes, the socket could go on.
      await nextTurn();
      await nextTurn();
      mostAhead = Math.max(mostAhead, incoming.socket.bytesRead - bytes);
    }
    expect(bytes).toBe(model.byteLength);
    expect(mostAhead).toBeLessThan(1 << 20);
    response.end();
    await once(outgoing, 'response');
    outgoing.destroy();
    server.close();
  });

  it('of a request that no one reads yet stays with its sender, as the connection does before', async () => {
    const arrivals = new Arrivals();
    const others = Array.from({ length: 32 }, () => arrivals.hold());
    const requests: IncomingMessage[] = [];
    const sockets: Socket[] = [];
    const listening = await listen(
      {
        port: 0,
        host: '127.0.0.1',
        onConnection: (socket) => {
          sockets.push(socket);
          arrivals.add(socket);
        },
        onTrouble: () => {},
      },
      (incoming) => void requests.push(incoming),
    );
    const outgoing = request(listening.origin, { method: 'POST' });
    outgoing.on('error', () => {});
    outgoing.end(model);
    await expect.poll(() => sockets.length).toBe(1);
    await nextTurn();
    expect(sockets[0]?.bytesRead).toBe(0);
    for (const other of others) other[Symbol.dispose]();
    await expect.poll(() => requests.length).toBe(1);
    await stillness(() => sockets[0]?.bytesRead ?? 0);
    // One read has up to 64 KiB. Node 22 and later read twice by default.
    expect(sockets[0]?.bytesRead).toBeLessThan(128 * 1024);
    outgoing.destroy();
    await listening.close();
  });

  it.skipIf(process.platform === 'win32')(
    'takes no turn when it is small, and waits for no thread',
    async () => {
      const turns = turnsOf(1);
      const other = turns.join();
      await other.begin();
      // Each thread of Node waits for the other end of a pipe.
      const pipes = Array.from({ length: 4 }, (_, n) => join(folder, `pipe${n}`));
      execFileSync('mkfifo', pipes);
      const opened = pipes.map((pipe) => open(pipe, 'r'));
      try {
        const path = join(folder, 'model');
        const taken = await receiving(turns.join(), path, Buffer.from('a small model'));
        await once(taken.outgoing, 'response');
        const small = await taken.result();
        expect([small?.bytes, String(small?.read()), existsSync(path)]).toEqual([13, 'a small model', false]);
        expect(readFileSync(small?.file() ?? '', 'utf8')).toBe('a small model');
        await taken.close();
      } finally {
        for (const pipe of pipes) closeSync(openSync(pipe, 'w'));
        for (const file of await Promise.all(opened)) await file.close();
      }
    },
  );

  it.runIf('transfer' in ArrayBuffer.prototype)(
    'gives back the memory of each piece that is stored',
    async () => {
      const turns = turnsOf(1);
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const turn = turns.join();
      const looking: BodyTurn = {
        get isOn() {
          return turn.isOn;
        },
        begin: () => turn.begin(),
        settled: () => turn.settled(),
        store: () => {
          most = Math.max(most, process.memoryUsage().arrayBuffers - before);
          return turn.store();
        },
        [Symbol.dispose]: () => turn[Symbol.dispose](),
      };
      const taken = await receiving(looking, join(folder, 'model'));
      await once(taken.outgoing, 'response');
      expect(await taken.result()).toMatchObject({ bytes: model.byteLength });
      expect(most).toBeLessThan(2 << 20);
      await taken.close();
    },
  );

  it('ends when its sender has gone, once it is looked at', async () => {
    const turns = turnsOf(1);
    const other = turns.join();
    await other.begin();
    const turn = turns.join();
    const taken = await receiving(turn, join(folder, 'model'));
    await expect.poll(() => turns.waiting).toBe(1);
    taken.outgoing.destroy();
    other[Symbol.dispose]();
    await expect(taken.result()).rejects.toThrow();
    turn[Symbol.dispose]();
    await taken.close();
  });
});
