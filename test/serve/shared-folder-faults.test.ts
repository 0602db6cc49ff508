// The built program with a shared folder: kill -9 in a run, a folder that is full, read only, or another one.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listDead } from '../../src/serve/nats/job-streams.js';
import { cleanEnvironment, PROGRAM, spawnProgram } from '../support/cli.js';
import { findNats, type NatsServers, natsName, openLink, startNats } from '../support/nats.js';
import { RunningProgram } from '../support/running-program.js';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.js';
import { type Served, sendModel, serveFolder, startServe } from './server.js';

/** Gives its model back when the test allows it. `grow` gives more back. */
const COMMAND = `
read -r id < "$1"
echo "$id $PPID" >> begun
while [ "$id" = wait ] && [ ! -e go ]; do sleep 0.1; done
cp "$1" "$2"
[ "$id" != grow ] || head -c 3000000 /dev/zero >> "$2"
`;

/** Too large for a message. */
const model = (id: string, bytes = 300_000): string => `${id}\n${'x'.repeat(bytes)}\n`;

describe.runIf(findNats() !== null)('serve and worker with a shared folder', () => {
  let folder: Awaited<ReturnType<typeof serveFolder>>;
  let nats: NatsServers;
  let name: string;
  let shared: string;
  const ends: Array<() => PromiseLike<unknown>> = [];

  beforeEach(async () => {
    folder = await serveFolder();
    nats = await startNats();
    name = natsName();
    shared = join(folder.path, 'shared');
    await mkdir(shared);
    await writeFile(join(folder.path, 'echo.sh'), COMMAND);
    const command = ['sh', 'echo.sh', '{input}', '{output}'];
    const service = { id: 'echo', name: 'Echo', outputs: ['X'], command, concurrency: 2 };
    await writeFile(join(folder.path, 'services.json'), JSON.stringify([service]));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await nats[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const options = (data: string, at: string): string[] => [
    ...['services.json', '--nats', nats.url, '--nats-name', name, '--data', data],
    ...['--shared-folder', at, '--json'],
  ];

  async function front(data: string, at = shared): Promise<Served> {
    const argv = [...options(data, at), '--log', 'json'];
    const served = await startServe({ cwd: folder.path, data: join(folder.path, data), argv });
    ends.push(() => served[Symbol.asyncDispose]());
    return served;
  }

  async function worker(data: string, at = shared): Promise<RunningProgram> {
    const program = new RunningProgram(['worker', ...options(data, at), '--log', 'json'], folder.path);
    ends.push(() => {
      program.kill('SIGKILL');
      return program.ended;
    });
    await program.ready();
    return program;
  }

  const begun = async (): Promise<string[]> => {
    const text = await readFile(join(folder.path, 'begun'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };

  /** Folders of front ends in the shared folder, and everything in them. */
  const left = (): Promise<string[]> => readdir(join(shared, `${name}.runs`), { recursive: true });

  const dead = async (): Promise<string[]> => {
    await using link = await openLink(nats.url, { name });
    return (await listDead(link)).map(({ reason }) => reason);
  };

  it('lose no run of a killed worker, and leave nothing of a killed front end', async () => {
    const here = await front('here');
    const [hereFolder] = await left();
    const there = await front('there');
    const first = await worker('first');
    const kept = sendModel(here, 'echo', { body: model('wait') });
    await expect.poll(begun).toHaveLength(1);
    const lost = sendModel(there, 'echo', { body: model('wait', 400_000) }).catch((error: Error) => error);
    await expect.poll(begun).toHaveLength(2);
    const models = (await left()).filter((path) => path.endsWith('/model'));
    expect(models).toHaveLength(2);

    first.kill('SIGKILL');
    there.child.kill('SIGKILL');
    expect(await lost).toBeInstanceOf(Error);
    await worker('second');
    await writeFile(join(folder.path, 'go'), '');
    const { status, text } = await kept;
    expect([status, text === model('wait')]).toEqual([200, true]);
    // The worker that gets the other run removes it, when its front end was not there for 15 seconds.
    await expect.poll(left).toEqual([hereFolder]);
    await expect.poll(dead).toEqual(['The front end that took it is gone']);
    expect(new Set((await begun()).map((line) => line.split(' ')[1])).size).toBe(2);
  });

  it('give no run to a worker that has another folder, and name both', async () => {
    const other = join(folder.path, 'other');
    await mkdir(other);
    const here = await front('here');
    await worker('wrong', other);
    const refused = await sendModel(here, 'echo', { body: model('quick') });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '30']);
    for (const words of [
      `This front end on ${hostname()} uses the shared folder ${shared}`,
      `on ${hostname()} does not see that folder: its --shared-folder is ${other}`,
    ])
      await expect.poll(() => here.stderr()).toContain(words);
    await worker('right');
    expect((await sendModel(here, 'echo', { body: model('quick') })).text).toBe(model('quick'));
    expect(await readdir(other)).toEqual([`${name}.runs`]);
  });

  it.runIf(noSmallDisk === null)(
    'refuse or fail in words where the folder is full or read only',
    async () => {
      await using disk = await mountSmallDisk(2048);
      shared = disk.folder;
      const here = await front('here');
      const full = await worker('first');
      const empty = await left();
      const tooMuch = await sendModel(here, 'echo', { body: model('quick', 4_000_000) });
      expect(tooMuch.status).toBe(503);
      const written = `shared folder ${shared} on ${hostname()} cannot be written`;
      await expect.poll(() => here.stderr()).toContain(`${written} (ENOSPC)`);
      expect(await left()).toEqual(empty);

      const failed = await sendModel(here, 'echo', { body: model('grow') });
      expect(failed.text).toContain('The run was begun 3 times, and no worker finished it');
      expect(failed.text).not.toContain(shared);
      await expect.poll(() => full.log).toContain(`${written} (ENOSPC)`);
      await expect.poll(dead).toEqual([expect.stringContaining(`${written} (ENOSPC)`)]);
      await expect.poll(left).toEqual(empty);
      expect((await sendModel(here, 'echo', { body: model('quick') })).text).toBe(model('quick'));

      disk.makeReadOnly();
      expect((await sendModel(here, 'echo', { body: model('quick') })).status).toBe(503);
      await expect.poll(() => here.stderr()).toContain(`${written} (EROFS)`);
      const late = await spawnProgram(process.execPath, [PROGRAM, 'worker', ...options('late', shared)], {
        cwd: folder.path,
        env: cleanEnvironment(),
      });
      expect([late.code, late.stderr]).toEqual([
        2,
        expect.stringContaining(`--shared-folder: ${shared} cannot be used`),
      ]);
      full.kill('SIGKILL');
      here.child.kill('SIGKILL');
      await Promise.all([full.ended, here.ended]);
    },
  );
});
