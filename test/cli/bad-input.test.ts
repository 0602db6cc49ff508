// Bad input: each case gets one line and its exit code, and nothing is lost.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';

import { answering, entry, failure, oauthAt, workspaceWith } from './bad-list.js';

/** Root may read everything, so missing rights are tested as another account, if this account may switch to it. */
const OTHER_ACCOUNT = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const canSwitchAccount =
  spawnSync('setpriv', [...OTHER_ACCOUNT, process.execPath, PROGRAM, '--version'], { cwd: '/' }).status === 0;

describe('services', () => {
  test.each([
    ['clash-chekc', 'Did you mean clash-check?'],
    ['clsh check', 'Did you mean clash-check?'],
    ['clash cheks', 'Did you mean clash-check?'],
    ['doors', '"bimservice list -r services.json" shows all services.'],
  ])('an unknown one, %s: the nearest name, or where to look', async (query, hint) => {
    await using workspace = await workspaceWith([entry('Clash check', 'http://127.0.0.1:9/x')]);
    const { stdout, code } = await workspace.run(['list', query, '--json', '-r', 'services.json']);
    expect({ code, ...JSON.parse(stdout).error }).toMatchObject({
      code: 'service-not-found',
      exitCode: 3,
      message: `There is no service "${query}"`,
      hint,
    });
    expect(code).toBe(3);
  });

  test('two with one name: neither is guessed, both ids are named, and each is found by its own id', async () => {
    await using workspace = await workspaceWith([
      entry('Clash', 'http://127.0.0.1:9/a'),
      entry('Clash', 'http://127.0.0.1:9/b'),
    ]);
    const { exit, code, hint } = await failure(workspace, ['invoke', 'Clash', 'model.ifc']);
    expect({ exit, code }).toEqual({ exit: 3, code: 'service-ambiguous' });
    const ids = hint
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/ .*/, ''));
    const found = await Promise.all(
      ids.map(async (id) => {
        const { stdout } = await workspace.run(['list', id, '--json', '-r', 'services.json']);
        return JSON.parse(stdout).services?.[0]?.resourceUrl;
      }),
    );
    expect(found).toEqual(['http://127.0.0.1:9/a', 'http://127.0.0.1:9/b']);
    expect(
      JSON.parse(
        (await workspace.run(['list', 'http://127.0.0.1:9/b', '--json', '-r', 'services.json'])).stdout,
      ).services,
    ).toHaveLength(1);
  });

  test('two that match are both named', async () => {
    await using workspace = await workspaceWith([
      entry('Clash A', 'http://127.0.0.1:9/a'),
      entry('Clash B', 'http://127.0.0.1:9/b'),
    ]);
    const { exit, code, hint } = await failure(workspace, ['invoke', 'clash', 'model.ifc']);
    expect({ exit, code }).toEqual({ exit: 3, code: 'service-ambiguous' });
    expect(hint).toMatch(/^clash-a .*\nclash-b /m);
  });

  test.each([
    ['file:///etc/passwd'],
    ['javascript:alert(1)'],
    ['http://bim.example.org/a'],
    ['https://user:pass@bim.example.org/a'],
  ])('B029: an address like %s is never opened', async (address) => {
    const oauth = {
      registerUrl: 'https://a.example/r',
      authorizationUrl: address,
      tokenUrl: 'https://a.example/t',
    };
    await using workspace = await workspaceWith([entry('Evil', 'https://a.example/x', { oauth })]);
    const opened: string[] = [];
    const browser = { open: async (url: string) => void opened.push(url) };
    const { exit, code } = await failure(workspace, ['authorize', 'evil'], { browser });
    expect({ exit, code, opened }).toEqual({ exit: 3, code: 'unsafe-address', opened: [] });
  });

  test.each(['resourceUrl', 'registerUrl', 'tokenUrl'])(
    'B029: %s with http to another host: exit 3, no request is sent, and --insecure is named',
    async (field) => {
      const { oauth } = oauthAt('https://a.example');
      const service = entry('Evil', 'https://a.example/x', { oauth });
      const unsafe = { [field]: 'http://bim.example.org/a' };
      await using workspace = await workspaceWith([
        field === 'resourceUrl' ? { ...service, ...unsafe } : { ...service, oauth: { ...oauth, ...unsafe } },
      ]);
      const { exit, code, message } = await failure(workspace, ['register', 'evil']);
      expect({ exit, code }).toEqual({ exit: 3, code: 'unsafe-address' });
      expect(message).toContain('bim.example.org');
      const { services } = JSON.parse(
        (await workspace.run(['list', '--json', '--insecure', '-r', 'services.json'])).stdout,
      );
      expect(services).toHaveLength(1);
    },
  );

  test('broken JSON names file, line and column', async () => {
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'services.json'), '[\n  {"name": "a",\n   "resourceUrl": }\n]');
    const { exit, code, message } = await failure(workspace, ['list']);
    expect({ exit, code }).toEqual({ exit: 3, code: 'repository-invalid' });
    expect(message).toMatch(/services\.json.*line 3/);
  });

  test('a repository that does not exist', async () => {
    await using workspace = await Workspace.create();
    expect(await failure(workspace, ['list'])).toMatchObject({ exit: 3, code: 'repository-unreadable' });
  });
});

describe('models', () => {
  test.each<[string, (path: string) => Promise<unknown>, number, string]>([
    ['empty (B095)', (path) => writeFile(path, ''), 2, 'model-empty'],
    ['a folder (B103)', (path) => mkdir(path), 7, 'model-unreadable'],
    ['missing', async () => {}, 7, 'model-unreadable'],
    [
      'a web page',
      (path) => writeFile(path, '<!DOCTYPE html><html><body>Not found</body></html>'),
      7,
      'not-a-model',
    ],
    ['some text', (path) => writeFile(path, 'hello'), 7, 'not-a-model'],
  ])('one that is %s is refused before anything is sent', async (_, make, exit, code) => {
    await using service = await answering(200, {}, '{}');
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    await make(join(workspace.folder, 'bad.ifc'));
    expect(await failure(workspace, ['invoke', 'open', 'bad.ifc'])).toMatchObject({
      exit,
      code,
      outcome: 'not-sent',
    });
    expect(service.requests).toBe(0);
  });

  test.skipIf(!canSwitchAccount)('one that only another account may read: exit 7', async () => {
    await using service = await answering(200, {}, '{}');
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    await chmod(join(workspace.folder, 'model.ifc'), 0o600);
    await chmod(workspace.folder, 0o755);
    await mkdir(join(workspace.folder, 'out'));
    await chmod(join(workspace.folder, 'out'), 0o777);
    const argv = [PROGRAM, 'invoke', 'open', 'model.ifc', '-o', 'out', '--json', '-r', 'services.json'];
    const env = { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: join(workspace.folder, 'no-store') };
    const { code, stdout } = await spawnProgram('setpriv', [...OTHER_ACCOUNT, process.execPath, ...argv], {
      cwd: workspace.folder,
      env,
    });
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'not-sent',
      error: { code: 'model-unreadable', message: expect.stringContaining('permission denied') },
    });
    expect(service.requests).toBe(0);
  });

  test('a file that does not look like a model is sent when the person names its type', async () => {
    await using service = await answering(200, { 'Content-Type': 'text/plain' }, 'fine');
    await using workspace = await workspaceWith([entry('Open', `${service.origin}/x`)]);
    await writeFile(join(workspace.folder, 'odd.ifc'), 'hello');
    const { code } = await workspace.run([
      'invoke',
      'open',
      'odd.ifc',
      '--input-type',
      'IFC_STEP_4',
      '-r',
      'services.json',
    ]);
    expect({ code, requests: service.requests }).toEqual({ code: 0, requests: 1 });
  });
});

describe('credentials', () => {
  test('B143: without a token a CI job ends with 4 at once, and the message says what to type', async () => {
    await using workspace = await workspaceWith([
      entry('Closed', 'http://127.0.0.1:9/x', oauthAt('http://127.0.0.1:9')),
    ]);
    const { stdout, stderr, code } = await workspace.spawn(
      ['invoke', 'closed', 'model.ifc', '--json', '-r', 'services.json'],
      { env: { CI: 'true' } },
    );
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'not-sent', error: { code: 'not-authorized' } });
    expect(stderr).toContain('bimservice authorize closed');
  });

  test('a token response without a token ends with 4 or 6, and an older token stays', async () => {
    await using service = await answering(
      200,
      { 'Content-Type': 'application/json' },
      '{"client_id":"c","client_secret":"sssssss"}',
    );
    await using workspace = await workspaceWith([
      entry('Closed', `${service.origin}/x`, oauthAt(service.origin)),
    ]);
    const at = ['-r', 'services.json'];
    await workspace.run(['token', 'closed', '--set', '-', ...at], { stdin: 'older-token' });
    expect((await workspace.run(['register', 'closed', ...at])).code).toBe(0);
    const { code, stderr } = await workspace.run(['token', 'closed', '--code', '-', ...at], {
      stdin: 'a-code-of-no-use',
    });
    expect([4, 6]).toContain(code);
    expect(stderr).not.toContain('a-code-of-no-use');
    expect((await workspace.run(['token', 'closed', ...at])).stdout).toBe('older-token\n');
  });

  test('B070, B071: a damaged token is set aside and named; login works again', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
    const at = ['-r', service.listUrl];
    await workspace.run(['token', 'clash', '--set', '-', ...at], { stdin: 'a-token' });
    const folder = join(workspace.configDir, 'credentials');
    const [file = ''] = (await readdir(folder)).filter((name) => name.startsWith('token-'));
    await writeFile(join(folder, file), '{"a":');
    const { code, stderr } = await workspace.run(['invoke', 'clash', 'model.ifc', ...at]);
    expect(code).toBe(7);
    const [kept = ''] = (await readdir(folder)).filter((name) => name.includes('.corrupt-'));
    expect(stderr).toContain(kept);
    expect(await readFile(join(folder, kept), 'utf8')).toBe('{"a":');
    expect((await workspace.run(['token', 'clash', '--set', '-', ...at], { stdin: 'b-token' })).code).toBe(0);
  });

  test.each(['', '{"a":', 'null', '[1]', '\u0000\u0000'])(
    'B070: config.json holding %j is set aside, and help, list and version work',
    async (text) => {
      await using workspace = await workspaceWith([entry('Open', 'http://127.0.0.1:9/x')]);
      await mkdir(workspace.configDir);
      await writeFile(join(workspace.configDir, 'config.json'), text);
      expect((await workspace.run(['--version'])).code).toBe(0);
      expect((await workspace.run(['--help'])).code).toBe(0);
      const { code, stderr } = await workspace.run(['repository', 'list']);
      expect(code).toBe(0);
      expect(stderr.match(/was damaged; it is kept as/g)).toHaveLength(1);
      expect((await readdir(workspace.configDir)).filter((name) => name.includes('.corrupt-'))).toHaveLength(
        1,
      );
    },
  );

  test('B073: a store that cannot be written ends a login with 7, before a browser is opened', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await writeFile(workspace.configDir, 'a file instead of the folder');
    const opened: string[] = [];
    const browser = { open: async (url: string) => void opened.push(url) };
    const { code, stderr } = await workspace.run(['authorize', 'clash', '-r', service.listUrl], { browser });
    expect({ code, opened }).toEqual({ code: 7, opened: [] });
    expect(stderr).toContain('could not save');
    expect((await workspace.run(['list', '-r', service.listUrl])).code).toBe(0);
  });
});

test('B140: a list of thousands that is piped into a reader that leaves ends silently', async () => {
  const many = Array.from({ length: 5000 }, (_, n) => entry(`Service ${n}`, `http://127.0.0.1:9/${n}`));
  await using workspace = await workspaceWith(many);
  const line = `"$0" "$1" list -r services.json | head -1; echo "codes \${PIPESTATUS[*]}"`;
  const env = { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir };
  const { stdout, stderr } = await spawnProgram('bash', ['-c', line, process.execPath, PROGRAM], {
    cwd: workspace.folder,
    env,
  });
  expect(stdout).toMatch(/^ID .*\ncodes 0 0\n$/);
  expect(stderr).toBe('');
});

test('a pipe that another program has left non-blocking: no part of a long list is lost', async () => {
  const many = Array.from({ length: 5000 }, (_, n) => entry(`Service ${n}`, `http://127.0.0.1:9/${n}`));
  await using workspace = await workspaceWith(many);
  // Node sets O_NONBLOCK on a pipe and resets it when it ends; this process is killed before that.
  const rude = `process.stdout.write('-\\n', () => process.kill(process.pid, 'SIGKILL'))`;
  const line = `{ "$0" -e "$2"; "$0" "$1" list -r services.json --json; echo "code $?" >&2; } | { sleep 0.5; cat; }`;
  const { stdout, stderr } = await spawnProgram('bash', ['-c', line, process.execPath, PROGRAM, rude], {
    cwd: workspace.folder,
    env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir },
  });
  expect(stderr).toMatch(/code 0\n$/);
  expect(JSON.parse(stdout.replace(/^-\n/, '')).services).toHaveLength(5000);
});
