// `serve` under many clients at once: wall time against nginx that stores the same bodies, memory, and what a run costs.

import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { limitRow, mebibytes, median, ratioRow } from '../rows.mjs';

const MODEL = Buffer.alloc(1_000_000, 0x20);
const SMALL = Buffer.alloc(2000, 0x20);
const MANY = 500;
const FEW = 50;

export const runs = 3;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const folder = join(environment.root, 'serve');
  await mkdir(folder);
  const service = {
    name: 'Nothing',
    command: ['true', '{input}', '{output}'],
    outputs: ['UNSTRUCTURED_UTF8_TEXT_1_0'],
    concurrency: 2,
  };
  // `cp` of a short file: a command that does next to nothing has to leave a result.
  await writeFile(join(folder, 'result.txt'), 'done');
  const copy = { ...service, command: ['cp', join(folder, 'result.txt'), '{output}'] };
  await writeFile(join(folder, 'services.json'), JSON.stringify([copy]));
  const table = [];

  const few = await withServe(folder, async (at) => {
    // As many models in all: the heap of V8 grows with the work that was done.
    const agent = new Agent({ maxSockets: FEW });
    for (let run = 0; run < runs; run += 1) await inTurns(MANY, FEW, () => post(at, MODEL, agent));
    return at.peakBytes();
  });
  const many = await withServe(folder, async (at) => {
    const walls = [];
    for (let run = 0; run < runs; run += 1) walls.push(await burst(at, MANY, MODEL));
    return { walls, peak: await at.peakBytes(), ready: at.readyMs };
  });
  const nginx = await withNginx(folder, async (origin) => {
    const walls = [];
    for (let run = 0; run < runs; run += 1)
      walls.push(await burst({ origin, path: '/', token: '' }, MANY, MODEL));
    return walls;
  });
  const commands = await timeOf(() => inTurns(MANY, 2, () => bareRun(folder)));
  const usage = (/** @type {number} */ wallMs) => ({ wallMs, cpuMs: Number.NaN, peakBytes: Number.NaN });
  if (nginx !== null) {
    table.push(
      ratioRow({
        work: `\`serve\`, ${MANY} clients with 1 MB: wall`,
        peer: `nginx storing them, and ${MANY} bare \`cp\``,
        ours: many.walls.map(usage),
        theirs: nginx.map((ms) => usage(ms + commands)),
        of: 'wallMs',
        goal: 2,
      }),
    );
  }
  table.push(
    limitRow({
      work: `\`serve\`, ${MANY} clients: peak memory`,
      value: many.peak,
      limit: 250 * 1024 ** 2,
      show: mebibytes,
    }),
  );
  table.push(
    ratioRow({
      work: `\`serve\`, peak memory with ${MANY} clients`,
      peer: `with ${FEW} clients, as many models`,
      ours: [{ ...usage(0), peakBytes: many.peak }],
      theirs: [{ ...usage(0), peakBytes: few }],
      of: 'peakBytes',
      goal: 1.2,
    }),
  );
  const single = await withServe(folder, async (at) => {
    const [ours, theirs] = [[], []];
    await post(at, SMALL, new Agent());
    for (let run = 0; run < 40; run += 1) {
      theirs.push(await timeOf(() => bareRun(folder)));
      ours.push(await timeOf(() => post(at, SMALL, new Agent())));
    }
    return { ours: ours.map(usage), theirs: theirs.map(usage) };
  });
  table.push(
    ratioRow({
      work: '`serve`, a run with 2 KB',
      peer: 'bare `spawn` of its command',
      ...single,
      of: 'wallMs',
      goal: 1.5,
    }),
  );
  const bare = median(await Promise.all([bareNode()]));
  table.push(
    ratioRow({
      work: '`serve` to its first response',
      peer: '`node -e 0`',
      ours: [usage(many.ready)],
      theirs: [usage(bare)],
      of: 'wallMs',
      goal: 5,
    }),
  );
  return table;
}

/** @param {() => Promise<unknown>} work */
export async function timeOf(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function bareNode() {
  return timeOf(() => ended(spawn(process.execPath, ['-e', '0'])));
}

/** @param {string} folder */
function bareRun(folder) {
  return ended(spawn('cp', [join(folder, 'result.txt'), join(folder, `bare-${Math.random()}`)]));
}

/** @param {import('node:child_process').ChildProcess} child */
export function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/**
 * @param {number} count
 * @param {number} atOnce
 * @param {() => Promise<unknown>} work
 */
export async function inTurns(count, atOnce, work) {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await work();
    }),
  );
}

/** @typedef {{ origin: string, path: string, token: string }} Target */

/** All clients at once; throws where one of them does not get its result. @param {Target} at @param {number} clients @param {Buffer} body */
async function burst(at, clients, body) {
  const agent = new Agent({ maxSockets: clients });
  const wall = await timeOf(() => Promise.all(Array.from({ length: clients }, () => post(at, body, agent))));
  agent.destroy();
  return wall;
}

/** @param {Target} at @param {Buffer} body @param {Agent} agent @returns {Promise<void>} */
export function post({ origin, path, token }, body, agent) {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Length': body.length };
    const outgoing = request(new URL(path, origin), { method: 'POST', headers, agent }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () => {
        const { statusCode = 0, headers: got } = incoming;
        if (statusCode > 204 || got['output-type'] === 'ERROR') reject(new Error(`${statusCode} ${text}`));
        else resolve();
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/**
 * @template T
 * @param {string} folder
 * @param {(at: Target & { readyMs: number, peakBytes: () => Promise<number> }) => Promise<T>} work
 * @param {readonly string[]} more options
 */
export async function withServe(folder, work, more = []) {
  const program = process.env.BENCH_BIN ?? new URL('../../bin/bimservice.js', import.meta.url).pathname;
  const data = join(folder, `data-${Math.random()}`);
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [program, 'serve', 'services.json', '--json', '--port', '0', '--data', data, ...more],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  try {
    const line = await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('close', () => reject(new Error('serve did not start (SQLite?)')));
    });
    const { origin } = JSON.parse(String(line));
    await fetch(`${origin}/healthz`);
    const readyMs = performance.now() - started;
    const token = await getToken(origin);
    const peakBytes = async () => {
      let sum = 0;
      for (const pid of await processesOf(child.pid)) sum += await peakOf(pid);
      return sum;
    };
    return await work({ origin, path: '/services/nothing', token, readyMs, peakBytes });
  } finally {
    const gone = ended(child);
    child.kill('SIGTERM');
    await gone;
  }
}

/** The server and the process that runs its commands; not the commands. @param {number | undefined} server */
async function processesOf(server) {
  const children = await readFile(`/proc/${server}/task/${server}/children`, 'utf8').catch(() => '');
  return [String(server), ...children.split(' ').filter((pid) => pid !== '')];
}

/** @param {string} pid */
async function peakOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** As FreeCAD gets one: the consent page shows it. @param {string} origin */
export async function getToken(origin) {
  const registered = await fetch(`${origin}/oauth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ type: 'pull', client_name: 'bench', redirect_url: 'SHOW_CODE' }),
  });
  const { client_id } = await registered.json();
  const shown = await fetch(`${origin}/oauth/authorize?response_type=code&client_id=${client_id}`);
  const consent = /name="consent" value="([\w-]+)"/.exec(await shown.text())?.[1] ?? '';
  const page = await fetch(`${origin}/oauth/authorize`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Cookie: shown.headers.get('set-cookie')?.split(';', 1)[0] ?? '',
    },
    body: new URLSearchParams({ consent, decision: 'allow' }),
  });
  return /id="token" value="([\w-]+)"/.exec(await page.text())?.[1] ?? '';
}

/**
 * Null where there is no nginx.
 * @template T
 * @param {string} folder
 * @param {(origin: string) => Promise<T>} work
 */
async function withNginx(folder, work) {
  const port = await freePort();
  const at = (/** @type {string} */ name) => join(folder, name);
  const configuration = `daemon off; worker_processes 2; ${process.getuid?.() === 0 ? 'user root;' : ''} pid ${at('nginx.pid')};
events { worker_connections 2048; }
http { access_log off; client_max_body_size 0; client_body_temp_path ${at('bodies')}; proxy_temp_path ${at('proxy')};
  fastcgi_temp_path ${at('fastcgi')}; uwsgi_temp_path ${at('uwsgi')}; scgi_temp_path ${at('scgi')};
  server { listen 127.0.0.1:${port} backlog=1024; location / { client_body_in_file_only clean; proxy_pass http://127.0.0.1:${port}/stored; }
    location /stored { return 200 stored; } } }`;
  await writeFile(at('nginx.conf'), configuration);
  const child = spawn('nginx', ['-e', at('error.log'), '-c', at('nginx.conf')], { stdio: 'ignore' });
  const gone = ended(child).catch(() => 'missing');
  try {
    for (let turn = 0; turn < 100; turn += 1) {
      const up = await fetch(`http://127.0.0.1:${port}/stored`).then(
        () => true,
        () => false,
      );
      if (up) return await work(`http://127.0.0.1:${port}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
