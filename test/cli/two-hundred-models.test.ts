// 200 models with 8 jobs in one run of the built program, at a service that fails every 7th model, each time in another way.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

const COUNT = 200;
const SMALLEST = 3000;

/** How the service fails, and how that model must end: outcome, exit code, error code. */
const WAYS: ReadonlyArray<
  [respond: (response: ServerResponse) => void, ...end: [string, number, string | null]]
> = [
  [(response) => void response.writeHead(500).end('broken'), 'refused', 6, 'service-failed'],
  [(response) => void response.socket?.destroy(), 'unknown', 9, 'outcome-unknown'],
  [(response) => void response.writeHead(422).end('no walls'), 'refused', 6, 'service-refused'],
  [
    (response) =>
      void response.writeHead(200, { 'Content-Length': 100 }).write('half', () => response.socket?.destroy()),
    'done',
    8,
    'result-incomplete',
  ],
  [(response) => void response.writeHead(502).end(), 'unknown', 9, 'outcome-unknown'],
  [(response) => void response.writeHead(202).end(), 'unknown', 9, 'accepted'],
  // The next request is taken, as the service said.
  [(response) => void response.writeHead(503, { 'Retry-After': '0' }).end('busy'), 'done', 0, null],
];

const nameOf = (n: number) => `models/${n % 2 === 0 ? 'even' : 'odd'}/m${String(n).padStart(3, '0')}.ifc`;

function endOf(n: number): [string, number, string | null] {
  const [, ...end] = (n % 7 === 0 ? WAYS[(n / 7 - 1) % WAYS.length] : undefined) ?? [null, 'done', 0, null];
  return end as [string, number, string | null];
}

/** The models differ by their length. */
async function service(): Promise<Server> {
  const calls = new Map<number, number>();
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    request.on('end', () => {
      const n = bytes - SMALLEST;
      const call = (calls.get(n) ?? 0) + 1;
      calls.set(n, call);
      const way = n % 7 === 0 ? WAYS[(n / 7 - 1) % WAYS.length] : undefined;
      if (way === undefined || call > 1)
        response.writeHead(200, { 'Content-Type': 'text/plain' }).end(`checked ${n}`);
      else way[0](response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('every outcome is right, nothing is mixed up, and the order is stable', async () => {
  await using workspace = await Workspace.create();
  const server = await service();
  for (const folder of ['even', 'odd'])
    await mkdir(join(workspace.folder, 'models', folder), { recursive: true });
  const all = Array.from({ length: COUNT }, (_, at) => at + 1);
  await Promise.all(
    all.map((n) =>
      writeFile(join(workspace.folder, nameOf(n)), stepModel({ schema: 'IFC4', bytes: SMALLEST + n })),
    ),
  );
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/run`;
  const argv = ['invoke', address, 'models/**/*.ifc', '-o', 'out/', '--jobs', '8', '--retry', '2', '--json'];
  const { code, stdout, stderr } = await workspace.spawn(argv);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));

  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(
    new Map(
      lines.map(({ input, outcome, error }) => [
        input.path,
        [outcome, error?.exitCode ?? 0, error?.code ?? null],
      ]),
    ),
  ).toEqual(new Map(all.map((n) => [nameOf(n), endOf(n)])));
  expect(lines).toHaveLength(COUNT);
  for (const { input, output, error } of lines) {
    if (error !== null) continue;
    const n = Number(/m(\d+)\.ifc$/.exec(input.path)?.[1]);
    expect(await readFile(output.path, 'utf8')).toBe(`checked ${n}`);
    expect(input.bytes).toBe(SMALLEST + n);
    expect(output.path).toContain(`m${String(n).padStart(3, '0')}`);
    const receipt = JSON.parse(await readFile(`${output.path}.run.json`, 'utf8'));
    expect(receipt).toMatchObject({ input, output });
  }
  expect(new Set(lines.flatMap(({ output }) => output?.path ?? [])).size).toBe(
    all.filter((n) => endOf(n)[1] === 0).length,
  );
  // The worst outcome decides: 9 before 8 and 6.
  expect(code).toBe(9);
  const failed = all
    .filter((n) => endOf(n)[1] !== 0)
    .map(nameOf)
    .toSorted();
  const table = stderr.slice(stderr.indexOf('\nMODEL ')).trim().split('\n');
  expect(table.slice(1, -1).map((row) => row.split(' ')[0])).toEqual(failed);
  expect(table.at(-1)).toBe(`${COUNT - failed.length} of ${COUNT} models done, ${failed.length} failed.`);
}, 120_000);
