// What a server must live through that takes minutes: ten thousand connections that say nothing, and a model of 4 GiB.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { stepModel } from '../support/fixtures.js';
import * as client from '../unit/serve/support.js';
import { runFolders, script, sendModel, serveFolder, startServe } from './server.js';
import { hasSqlite } from './stores.js';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** `src/serve/http/listen.ts`: further connections are closed at once. */
const MOST_CONNECTIONS = 8192;
const COUNT = `import { statSync, writeFileSync } from 'node:fs';
const [input, output] = process.argv.slice(2);
writeFileSync(output, String(statSync(input).size));`;

/** The highest resident memory of a process, in bytes (Linux). */
async function peakMemory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** A connection that sends half of a request, or nothing, and never more. */
async function halfOpen(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

describe.runIf(hasSqlite() && process.platform === 'linux')('serve under load', () => {
  it('closes ten thousand connections that say nothing, and serves a client afterwards', async () => {
    await using folder = await serveFolder();
    const words = await script(folder.path, 'count.mjs', COUNT);
    const argv = ['--exec', `${words} {input} {output}`, '--name', 'count'];
    await using served = await startServe({ cwd: folder.path, data: folder.data, argv });
    const port = Number(new URL(served.origin).port);
    const sockets: Socket[] = [];
    for (let n = 0; n < 10_000; n += 1)
      sockets.push(await halfOpen(port, n % 2 === 0 ? '' : 'POST /services/count HTTP/1.1\r\nHost: x'));
    const stillOpen = () => sockets.filter((socket) => !socket.closed).length;
    for (const socket of sockets) socket.resume();
    await expect.poll(stillOpen, { timeout: 60_000 }).toBeLessThanOrEqual(MOST_CONNECTIONS);
    // Their time for the head of a request is a minute, and Node looks every half a minute.
    await expect.poll(stillOpen, { timeout: 240_000, interval: 1000 }).toBe(0);
    expect((await sendModel(served, 'count', { body: 'a model' })).text).toBe('7');
    expect(await peakMemory(served.child.pid)).toBeLessThan(400 * MIB);
    await expect.poll(() => runFolders(folder.data)).toEqual([]);
  });

  it('takes a model of 4 GiB with little memory, and removes it', async () => {
    await using folder = await serveFolder();
    const words = await script(folder.path, 'count.mjs', COUNT);
    const argv = ['--exec', `${words} {input} {output}`, '--name', 'count', '--max-bytes', '5GB'];
    await using served = await startServe({ cwd: folder.path, data: folder.data, argv });
    const path = join(folder.path, 'large.ifc');
    await using file = await open(path, 'w');
    await file.write(stepModel({ schema: 'IFC4' }));
    // A hole takes no disk.
    await file.truncate(4 * GIB);
    const token = await client.getToken(served.provider);
    const { stdout } = await promisify(execFile)('curl', [
      ...['-sS', '--fail-with-body', '-X', 'POST', '-T', path, '-H', `Authorization: Bearer ${token}`],
      ...['-H', 'Input-Type: IFC_STEP_4', `${served.origin}/services/count`],
    ]);
    expect(stdout).toBe(String(4 * GIB));
    expect(await peakMemory(served.child.pid)).toBeLessThan(250 * MIB);
    await expect.poll(() => runFolders(folder.data), { timeout: 30_000 }).toEqual([]);
  });
});
