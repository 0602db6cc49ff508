// The one-file program as someone gets it who has no Node: built with the Node that runs this, alone in a folder, in an empty home.
import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LARGE_MODEL_BYTES } from '../../src/io/model/piece-ring.js';
import type { CommandRun, ToRunner } from '../../src/serve/runs/command-run.js';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { loginByHand } from '../support/login-by-hand.js';
import { originOf } from '../support/strict-server.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD_MS = 240_000;

// macOS and Windows want signatures: .github/workflows/release.yml runs the program there.
describe.runIf(process.platform === 'linux')('the one-file program', () => {
  let root: string;
  let program: string;
  let home: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'bimservice-single-'));
    home = join(root, 'home');
    await mkdir(home);
    const argv = [join(ROOT, 'build/single-file.mjs'), '--out', join(root, 'bin')];
    const built = await spawnProgram(process.execPath, argv, { cwd: root, env: cleanEnvironment() });
    expect(built, built.stderr).toMatchObject({ code: 0, stdout: `${join(root, 'bin/bimservice')}\n` });
    program = join(root, 'bin/bimservice');
  }, BUILD_MS);
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** An account with an empty home, and nothing on PATH: no Node, no xdg-open. */
  const environment = (): Record<string, string> => ({ HOME: home, PATH: join(root, 'no-such-folder') });

  const run = (argv: string[]) => spawnProgram(program, argv, { cwd: home, env: environment() });

  /** What the program of the npm package does in the same place. */
  const runPackage = (argv: string[]) =>
    spawnProgram(process.execPath, [PROGRAM, ...argv], { cwd: home, env: environment() });

  test('is one file', async () => {
    expect(await readdir(join(root, 'bin'))).toEqual(['bimservice']);
  });

  test('runs the demo to its end', async () => {
    const demo = await run(['demo']);
    expect(demo, demo.stderr).toMatchObject({ code: 0 });
    expect(demo.stderr).not.toMatch(/warning/i);
    const folder = join(home, 'bimservice-demo');
    const archive = await readFile(join(folder, 'duplicate-guids.bcf'));
    expect(archive.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
    expect(JSON.parse(await readFile(join(folder, 'duplicate-guids.bcf.run.json'), 'utf8'))).toMatchObject({
      outcome: 'done',
      output: { bytes: archive.length, type: 'BCF_ZIP_2_1' },
    });
  });

  test('prints what the npm package prints: version, help, a list, completion, a mistake', async () => {
    const entry = { name: 'Check', inputs: ['IFC_STEP_4'], outputs: ['BCF_ZIP_2_1'] };
    const list = [{ ...entry, resourceUrl: 'https://bim.example.org/check' }];
    await writeFile(join(home, 'list.json'), JSON.stringify(list));
    const lines = [
      ['--version'],
      ['invoke', '--help'],
      ['list', '-r', 'list.json'],
      ['completion', 'bash'],
      ['lst'],
    ];
    for (const argv of lines) expect(await run(argv), argv.join(' ')).toEqual(await runPackage(argv));
    expect((await run(['list', '-r', 'list.json'])).stdout).toContain('BCF_ZIP_2_1');
  });

  test('checks the configuration of a provider', async () => {
    const service = {
      name: 'Copy',
      inputs: ['IFC_STEP_4'],
      outputs: ['IFC_STEP_4'],
      command: ['/bin/cat', '{input}'],
    };
    await writeFile(join(home, 'services.json'), JSON.stringify({ services: [service] }));
    const checked = await run(['serve', 'services.json', '--check']);
    expect(checked).toEqual(await runPackage(['serve', 'services.json', '--check']));
    expect(checked).toMatchObject({ code: 0 });
    await writeFile(
      join(home, 'wrong.json'),
      JSON.stringify({ services: [{ ...service, timeout: 'soon' }] }),
    );
    const wrong = await run(['serve', 'wrong.json', '--check']);
    expect(wrong).toEqual(await runPackage(['serve', 'wrong.json', '--check']));
    expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('timeout') });
  });

  test('hashes a large model, which takes a thread, while it sends it', async () => {
    const server = createServer(async (request, response) => {
      const hash = createHash('sha256');
      for await (const piece of request) hash.update(piece);
      response.end(hash.digest('hex'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const entry = { name: 'Hash', resourceUrl: `${originOf(server)}/` };
      await writeFile(join(home, 'hash.json'), JSON.stringify([entry]));
      const filler = randomBytes(LARGE_MODEL_BYTES / 2 + 1).toString('hex');
      const head = "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n";
      const model = `${head}/*${filler}*/\nENDSEC;\nEND-ISO-10303-21;\n`;
      await writeFile(join(home, 'large.ifc'), model);
      const done = await run(['invoke', 'hash', 'large.ifc', '-r', 'hash.json', '-o', 'hash.txt']);
      expect(done, done.stderr).toMatchObject({ code: 0 });
      const sha256 = createHash('sha256').update(model).digest('hex');
      expect(await readFile(join(home, 'hash.txt'), 'utf8')).toBe(sha256);
      const receipt = JSON.parse(await readFile(join(home, 'hash.txt.run.json'), 'utf8'));
      expect(receipt.input.sha256).toBe(sha256);
    } finally {
      server.close();
    }
  });

  test('shows the page of a login after it has ended, as a second process of itself', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const { callback, page, code, said } = await loginByHand(workspace, service, [program], environment());
    expect(code, said).toBe(0);
    const again = await fetch(callback);
    expect({ status: again.status, text: await again.text() }).toEqual(page);
    // The word that starts this process is not for people.
    expect(await run(['--hold-page'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--hold-page'),
    });
  });

  test('runs the commands of a server, as a second process of itself', async () => {
    await writeFile(join(home, 'model.ifc'), 'model');
    const run: CommandRun = {
      runId: 'one',
      argv: ['/bin/sh', '-c', 'read word; echo "$REQUEST_ID of $word"'],
      cwd: home,
      env: {},
      folder: home,
      workdir: join(home, 'run'),
      model: join(home, 'model.ifc'),
      output: join(home, 'run', 'result'),
      takesStdin: true,
      givesStdout: true,
      timeoutMs: null,
      maxDiskBytes: Number.MAX_SAFE_INTEGER,
    };
    const runner = fork('--run-commands', [], { execPath: program, execArgv: [], env: environment() });
    const gone = once(runner, 'exit');
    runner.send({ id: 1, run } satisfies ToRunner);
    const [message] = await once(runner, 'message');
    expect(message).toEqual({
      id: 1,
      end: { exitCode: 0, exitSignal: null, stopped: null, lines: [], outputBytes: 13 },
    });
    expect(await readFile(run.output, 'utf8')).toBe('one of model\n');
    runner.disconnect();
    expect(await gone).toEqual([0, null]);
  });

  test('loads no code from beside itself, and says what it lacks and where that is', async () => {
    const names = ['@nats-io/transport-node', '@nats-io/jetstream', '@nats-io/kv', '@napi-rs/keyring'];
    for (const name of names) {
      for (const place of [join(root, 'bin'), root, home]) {
        const folder = join(place, 'node_modules', name);
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'index.js'), `require('fs').writeFileSync('${join(root, 'ran')}', '')`);
      }
    }
    const worker = await run(['worker', '--nats', 'nats://127.0.0.1:9']);
    expect(worker).toMatchObject({ code: 2, stdout: '' });
    expect(worker.stderr).toMatch(
      /the one-file program has no NATS client.*\n.*npm install -g bimservice @nats-io/,
    );
    const keyring = await run(['config', 'set', 'store', 'keyring']);
    expect(keyring).toMatchObject({ code: 7, stdout: '' });
    expect(keyring.stderr).toMatch(/the one-file program has no library for it.*npm install -g bimservice/);
    expect(await readdir(root)).not.toContain('ran');
  });
});
