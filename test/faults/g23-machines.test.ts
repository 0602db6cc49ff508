// G23: machines that crash. A cluster of three NATS nodes, two front ends behind nginx and three workers, as processes; while
// jobs go through, a worker, a front end and a node are killed.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDead } from '../../src/serve/nats/job-streams.js';
import { openNatsStore } from '../../src/serve/nats/kv-store.js';
import type { Link } from '../../src/serve/nats/link.js';
import { Clients } from '../../src/serve/oauth/clients.js';
import { Tokens } from '../../src/serve/oauth/tokens.js';
import { Users } from '../../src/serve/oauth/users.js';
import { findNats, type NatsServers, natsName, openLinkSoon, startNatsCluster } from '../support/nats.js';
import { startNginx } from '../support/nginx.js';
import { findPeer, freePort, type Peer } from '../support/peer.js';
import { RunningProgram } from '../support/running-program.js';
import * as client from '../unit/serve/support.js';

const JOBS = process.env.BIMSERVICE_SLOW_TESTS === '1' ? 500 : 100;
/** Senders at the same time. */
const SENDERS = 12;

/** Writes down when it begins and ends, and gives the model back. One that is held waits until the test lets it go. */
const COMMAND = `
read -r id < "$1"
echo "begin $id" >> journal
sleep 0.25
case "$id" in held*) until [ -e go ]; do sleep 0.05; done ;; esac
cp "$1" "$2"
echo "end $id" >> journal
`;

type Seen =
  | { readonly how: 'right'; readonly request: string }
  | { readonly how: 'failed'; readonly words: string };

describe.runIf(findNats() !== null && findPeer('nginx') !== null)('G23 machines that crash', () => {
  const name = natsName();
  let folder: string;
  let cluster: NatsServers;
  let link: Link;
  let proxy: Peer;
  let token: string;
  let fronts: RunningProgram[];
  let workers: RunningProgram[];
  const data = (who: string): string => join(folder, who);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bimservice-machines-'));
    cluster = await startNatsCluster();
    link = await openLinkSoon(cluster.url, { name, patience: 20_000 });
    const store = await openNatsStore(link, Date.now);
    await new Users(store, Date.now).add('anna', 'correct horse battery');
    const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
    const clients = new Clients(store, Date.now, random);
    const words = {
      name: 'Test',
      redirectUris: [client.CALLBACK],
      isPublic: true,
      dialect: 'standard' as const,
    };
    const registered = (await clients.add(words)).client;
    const tokens = new Tokens(store, clients, Date.now, random, null);
    ({ token } = await tokens.issue({ client: registered, serviceId: 'echo', user: 'anna' }));

    await writeFile(join(folder, 'echo.sh'), COMMAND);
    const command = ['sh', 'echo.sh', '{input}', '{output}'];
    const service = {
      id: 'echo',
      name: 'Echo',
      outputs: ['UNSTRUCTURED_UTF8_TEXT_1_0'],
      command,
      concurrency: 4,
    };
    await writeFile(join(folder, 'services.json'), JSON.stringify([service]));
    const ports = [await freePort(), await freePort()];
    const port = await freePort();
    proxy = await startNginx(findPeer('nginx') ?? '', {
      port,
      upstream: ports,
      settings: ['client_max_body_size 0', 'proxy_read_timeout 5m', 'proxy_request_buffering off'],
    });
    const nats = ['--nats', cluster.url, '--nats-name', name, '--json'];
    const url = `http://127.0.0.1:${port}`;
    fronts = ports.map((own, n) => {
      const at = ['--port', String(own), '--public-url', url, '--data', data(`front${n}`), '--log', 'json'];
      return new RunningProgram(['serve', 'services.json', ...nats, ...at], folder);
    });
    workers = [0, 1, 2].map(
      (n) => new RunningProgram(['worker', 'services.json', ...nats, '--data', data(`worker${n}`)], folder),
    );
    await Promise.all([...fronts, ...workers].map((program) => program.ready()));
  });
  afterAll(async () => {
    for (const program of [...(fronts ?? []), ...(workers ?? [])]) program.kill('SIGKILL');
    await proxy?.[Symbol.asyncDispose]();
    await link?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function journal(): Promise<Array<readonly [what: string, id: string]>> {
    const text = await readFile(join(folder, 'journal'), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => {
      const [what, id] = line.split(' ');
      return what === undefined || id === undefined ? [] : [[what, id] as const];
    });
  }

  const endsOf = async (): Promise<string[]> =>
    (await journal()).flatMap(([what, id]) => (what === 'end' ? [id] : []));

  async function send(id: string): Promise<Seen> {
    // Every fifth goes in chunks.
    const more = Number(id.slice(3)) % 5 === 0 ? 200_000 : 100;
    const model = `${id}\n${'x'.repeat(more)}\n`;
    const headers = { Authorization: `Bearer ${token}` };
    try {
      const response = await client.ask(`http://127.0.0.1:${proxy.port}/services/echo`, {
        headers,
        body: model,
      });
      if (response.status === 200 && response.text === model) {
        return { how: 'right', request: String(response.headers['x-request-id']) };
      }
      const isTold = response.status !== 200 || response.headers['output-type'] === 'ERROR';
      if (!isTold) throw new Error(`a wrong result for ${id}: ${response.text.slice(0, 200)}`);
      return { how: 'failed', words: `${response.status} ${response.text.slice(0, 200)}` };
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('a wrong result')) throw error;
      return { how: 'failed', words: String(error) };
    }
  }

  it(`answers or refuses each of ${JOBS} jobs while a worker, a front end and a node are killed, and leaves nothing`, async () => {
    const seen = new Map<string, Seen>();
    const waiting = Array.from({ length: JOBS }, (_, n) => `job${n}`);
    const senders = Array.from({ length: SENDERS }, async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) seen.set(id, await send(id));
    });
    const ended = (count: number) =>
      expect.poll(async () => (await endsOf()).length, { timeout: 60_000 }).toBeGreaterThan(count);
    await ended(5);
    workers[0]?.kill('SIGKILL');
    await ended(JOBS * 0.3);
    fronts[1]?.kill('SIGKILL');
    await ended(JOBS * 0.5);
    await cluster.nodes[0]?.kill();
    await Promise.all(senders);

    const failed = [...seen].filter(([, { how }]) => how === 'failed');
    expect(seen.size).toBe(JOBS);
    // Only what was at the killed front end: the proxy says 502. Nothing is refused while the cluster elects a leader.
    expect(failed.length, JSON.stringify(failed)).toBeLessThanOrEqual(SENDERS);
    const refused = failed.filter(([, seen]) => seen.how === 'failed' && !seen.words.startsWith('502'));
    expect(refused).toEqual([]);
    const ends = await endsOf();
    for (const [id, { how }] of seen) if (how === 'right') expect(ends, id).toContain(id);

    // What ran to its end twice is in the log of its front end.
    const twice = new Set(ends.filter((id, index) => ends.indexOf(id) !== index));
    const logs = fronts.map(({ log }) => log).join('\n');
    const said = logs.split('\n').filter((line) => line.includes('run-repeated'));
    for (const id of twice) {
      const outcome = seen.get(id);
      if (outcome?.how === 'right') expect(said.join('\n'), id).toContain(outcome.request);
    }
    // What the killed worker had begun, others began again, and that is said. It may have had nothing in that moment.
    const begun = (await journal()).flatMap(([what, id]) => (what === 'begin' ? [id] : []));
    const again = begun.filter((id, index) => begun.indexOf(id) !== index);
    if (again.length > 0) expect(said.length).toBeGreaterThan(0);

    // A file of the front end that was killed is removed by the second sweep that does not find it: after two minutes.
    await expect.poll(() => left(link), { timeout: 240_000, interval: 500 }).toEqual({ jobs: 0, files: 0 });
    const alive = ['front0', 'worker1', 'worker2'];
    const folders = await Promise.all(alive.map((who) => readdir(join(data(who), 'runs'))));
    expect(folders.flat()).toEqual([]);
    // What the killed front end had is before the operator.
    const dead = await listDead(link);
    expect(
      dead.every(({ reason }) => reason === 'The front end that took it is gone'),
      JSON.stringify(dead),
    ).toBe(true);
  }, 330_000);

  it('ends on SIGTERM when what runs is finished', async () => {
    const isBegun = async (id: string) =>
      (await journal()).some(([what, begun]) => what === 'begin' && begun === id);
    const sent = send('held0');
    await expect.poll(() => isBegun('held0')).toBe(true);
    const ending = [fronts[0], workers[1], workers[2]];
    for (const program of ending) program?.kill('SIGTERM');
    await writeFile(join(folder, 'go'), '');
    expect(await sent).toEqual({ how: 'right', request: expect.any(String) });
    expect(await Promise.all(ending.map((program) => program?.ended))).toEqual([0, 0, 0]);
  }, 150_000);

  async function left({ jsm }: Link): Promise<{ jobs: number; files: number }> {
    const messages = async (stream: string) => (await jsm.streams.info(stream)).state.messages;
    return { jobs: await messages(`${name}_jobs`), files: await messages(`${name}_files`) };
  }
});
