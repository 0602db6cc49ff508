// Models that are hashed in a thread: the receipt describes what the service received.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LARGE_MODEL_BYTES } from '../../src/io/model/piece-ring.js';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { originOf } from '../support/strict-server.js';

/** A service that returns the hash of what it received, and a workspace with two large models. */
async function hashingService() {
  const server = createServer(async (request, response) => {
    const hash = createHash('sha256');
    for await (const piece of request) hash.update(piece);
    response.end(hash.digest('hex'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = originOf(server);
  const workspace = await Workspace.create();
  await writeFile(
    join(workspace.folder, 'list.json'),
    JSON.stringify([{ name: 'Hash', resourceUrl: `${origin}/` }]),
  );
  const models: Record<string, string> = {};
  for (const name of ['a.ifc', 'b.ifc']) {
    // No two pieces are equal, so a piece that is sent or hashed twice, or overwritten too early, is noticed.
    const filler = randomBytes(LARGE_MODEL_BYTES / 2 + 12_345).toString('hex');
    const model = stepModel({ schema: 'IFC4' }).toString().replace('DATA;\n', `DATA;\n/*${filler}*/\n`);
    await writeFile(join(workspace.folder, name), model);
    models[name] = createHash('sha256').update(model).digest('hex');
  }
  return {
    models,
    workspace,
    inFolder: async (name: string) => readFile(join(workspace.folder, name), 'utf8'),
    invoke: (flags: string[], more: string[]) =>
      spawnProgram(process.execPath, [...flags, PROGRAM, 'invoke', 'hash', ...more, '-r', 'list.json'], {
        cwd: workspace.folder,
        env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir },
      }),
    async [Symbol.asyncDispose]() {
      server.close();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

test('two at once: the receipts have the hashes of the files, and of what arrived', async () => {
  await using at = await hashingService();
  const done = await at.invoke([], ['a.ifc', 'b.ifc', '--jobs', '2', '-o', 'out/', '--json']);
  expect(done, done.stderr).toMatchObject({ code: 0 });
  const lines = done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(2);
  for (const { input, output } of lines) {
    expect(input.sha256).toBe(at.models[input.path]);
    expect(await readFile(output.path, 'utf8')).toBe(input.sha256);
    expect(JSON.parse(await readFile(`${output.path}.run.json`, 'utf8')).input).toEqual(input);
  }
});

test('when Node may not start a thread, the model is hashed in the process', async () => {
  await using at = await hashingService();
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const net = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : [];
  const flags = [permission, '--allow-fs-read=*', '--allow-fs-write=*', ...net, '--no-warnings'];
  const done = await at.invoke(flags, ['a.ifc', '-o', 'result.txt']);
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(await at.inFolder('result.txt')).toBe(at.models['a.ifc']);
  expect(JSON.parse(await at.inFolder('result.txt.run.json')).input.sha256).toBe(at.models['a.ifc']);
});

test('--no-receipt: the line of --json still has the hash', async () => {
  await using at = await hashingService();
  const done = await at.invoke([], ['a.ifc', '-o', 'result.txt', '--no-receipt', '--json']);
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout).input.sha256).toBe(at.models['a.ifc']);
});

test('Ctrl-C while a service does not read: the hash covers the bytes that the receipt counts', async () => {
  await using at = await hashingService();
  const server = createServer((request) => void request.pause());
  const asked = once(server, 'request');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const entry = { name: 'Deaf', resourceUrl: `${originOf(server)}/` };
  await writeFile(join(at.workspace.folder, 'deaf.json'), JSON.stringify([entry]));
  // By then the sockets are full, and the rest has not been sent.
  const interrupt = asked.then(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  const done = await at.workspace.run(['invoke', 'deaf', 'a.ifc', '-r', 'deaf.json'], { interrupt });
  server.closeAllConnections();
  server.close();
  expect(done, done.stderr).toMatchObject({ code: 130 });
  expect(done.stderr).not.toContain('warning');
  const { input, outcome } = JSON.parse(await at.inFolder('a.ifc.deaf.run.json'));
  expect(outcome).toBe('unknown');
  const sent = (await readFile(join(at.workspace.folder, 'a.ifc'))).subarray(0, input.bytes);
  expect(sent.length).toBeLessThan(LARGE_MODEL_BYTES);
  expect(input.sha256).toBe(createHash('sha256').update(sent).digest('hex'));
});
