// A damaged file is never overwritten without a copy, and a file from a newer bimservice is never rewritten
// (CASES B070, B071, B082): for every way to save, for credentials and for config.json.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';

const ENTRY = {
  name: 'Closed',
  inputs: ['IFC_STEP_4'],
  outputs: [],
  resourceUrl: 'http://127.0.0.1:9/x',
  oauth: {
    registerUrl: 'http://127.0.0.1:9/r',
    authorizationUrl: 'http://127.0.0.1:9/a',
    tokenUrl: 'http://127.0.0.1:9/t',
  },
};
const AT = ['-r', 'services.json'];
const NEWER = '{"version":2,"kind":"token","moved":"elsewhere"}';
const browser = {
  open: async () => {
    throw new Error('a browser was opened');
  },
};

/** A workspace with one token in `file`, and the line that `--export` prints for it. */
async function workspaceWithToken() {
  const workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'services.json'), JSON.stringify([ENTRY]));
  await workspace.run(['token', 'closed', '--set', '-', ...AT], { stdin: 'the-first-token' });
  const folder = join(workspace.configDir, 'credentials');
  const [name = ''] = await readdir(folder);
  const { stdout: line } = await workspace.run(['token', 'closed', '--export', ...AT]);
  const copies = async () => (await readdir(folder)).filter((each) => each.includes('.corrupt-'));
  return {
    workspace,
    folder,
    file: join(folder, name),
    line,
    copies,
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

/** Ways to save a token, with the input on stdin of each. */
const SAVES = ['--set', '--import'] as const;
const stdinOf = (save: string, line: string) => (save === '--import' ? line : 'the-next-token');

describe.each(SAVES)('token %s', (save) => {
  test('B071: over a damaged token keeps a copy and names it', async () => {
    await using at = await workspaceWithToken();
    await writeFile(at.file, '{"half":');
    const { code, stderr } = await at.workspace.run(['token', 'closed', save, '-', ...AT], {
      stdin: stdinOf(save, at.line),
    });
    const [copy = 'none'] = await at.copies();
    expect(code).toBe(0);
    expect(stderr).toContain(copy);
    expect(await readFile(join(at.folder, copy), 'utf8')).toBe('{"half":');
    expect((await at.workspace.run(['token', 'closed', ...AT])).code).toBe(0);
  });

  test('B082: over one from a newer version is exit 7, and nothing is changed', async () => {
    await using at = await workspaceWithToken();
    await writeFile(at.file, NEWER);
    const { code, stderr } = await at.workspace.run(['token', 'closed', save, '-', ...AT], {
      stdin: stdinOf(save, at.line),
    });
    expect(code).toBe(7);
    expect(stderr).toContain('newer bimservice');
    expect(await readFile(at.file, 'utf8')).toBe(NEWER);
    expect(await at.copies()).toEqual([]);
  });
});

test('B082: authorize ends with 7 before a browser is opened, when the stored token is from a newer version', async () => {
  await using at = await workspaceWithToken();
  await writeFile(at.file, NEWER);
  const { code, stderr } = await at.workspace.run(['authorize', 'closed', ...AT], { browser });
  expect({ code, stderr }).toMatchObject({ code: 7, stderr: expect.stringContaining('newer bimservice') });
  expect(await readFile(at.file, 'utf8')).toBe(NEWER);
});

test.each([
  ['damaged', '{"half":', 1],
  ['of a newer version', NEWER, 0],
])('a token that is %s is not exported', async (_, text, copies) => {
  await using at = await workspaceWithToken();
  await writeFile(at.file, text);
  const { code, stdout } = await at.workspace.run(['token', 'closed', '--export', ...AT]);
  expect({ code, stdout, copies: (await at.copies()).length }).toEqual({ code: 7, stdout: '', copies });
});

test('logout names the copy of a damaged token: its secrets are still there', async () => {
  await using at = await workspaceWithToken();
  await writeFile(at.file, '{"half":');
  const { stderr } = await at.workspace.run(['logout', 'closed', ...AT]);
  expect(stderr).toContain((await at.copies())[0] ?? 'none');
});

test('an imported line writes only the credentials of its service', async () => {
  await using at = await workspaceWithToken();
  const [head = '', version = '', body = ''] = at.line.trim().split('.');
  const kit: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
  if (typeof kit !== 'object' || kit === null || !('records' in kit)) throw new Error('no records');
  const records = { ...(kit.records as object), '../../outside': '{}', 'token-of-another': '{}' };
  const line = [head, version, Buffer.from(JSON.stringify({ ...kit, records })).toString('base64url')].join(
    '.',
  );
  expect((await at.workspace.run(['token', 'closed', '--import', '-', ...AT], { stdin: line })).code).toBe(0);
  expect(await readdir(at.folder)).toHaveLength(1);
  expect(await readdir(at.workspace.folder)).not.toContain('outside.json');
});

describe('G15 a config.json that is', () => {
  const good = JSON.stringify({ version: 1, repositories: [{ alias: 'a', location: '/a.json' }] });
  const damages: [string, string | Buffer][] = [
    ['empty', ''],
    ['half', good.slice(0, 30)],
    ['an array', `[${good}]`],
    ['null', 'null'],
    ['NUL bytes', Buffer.alloc(300)],
    ['followed by more text', `${good}}`],
    ['of a wrong type', '{"version":1,"repositories":"none"}'],
    ['of a wrong type inside', '{"version":1,"repositories":[{"alias":"a","location":17}]}'],
    ['50 MB of blanks', Buffer.alloc(50 * 1024 * 1024, ' ')],
  ];
  async function workspaceWithConfig(content: string | Buffer) {
    const workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'services.json'), JSON.stringify([ENTRY]));
    await mkdir(workspace.configDir, { recursive: true });
    await writeFile(join(workspace.configDir, 'config.json'), content);
    return workspace;
  }

  test.each(damages)('%s: set aside and named once, and everything works', async (_, damage) => {
    await using workspace = await workspaceWithConfig(damage);
    for (const argv of [['--version'], ['--help']]) {
      expect(await workspace.run(argv)).toMatchObject({ code: 0, stderr: '' });
    }
    const { code, stderr } = await workspace.run(['list', ...AT]);
    const copies = (await readdir(workspace.configDir)).filter((name) => name.includes('.corrupt-'));
    expect({ code, copies: copies.length }).toEqual({ code: 0, copies: 1 });
    expect(stderr.split('\n').filter((line) => line.includes(copies[0] ?? 'none'))).toHaveLength(1);
    const kept = await readFile(join(workspace.configDir, copies[0] ?? ''));
    expect(Buffer.compare(kept, Buffer.from(damage))).toBe(0);
    expect(await workspace.run(['repository', 'add', 'services.json'])).toMatchObject({ code: 0 });
    const listed = await workspace.run(['repository', 'list']);
    expect(listed.stdout).toContain('services.json');
    expect(listed.stderr).toBe('');
  });

  test('begun by a BOM: read normally, and saved without it', async () => {
    await using workspace = await workspaceWithConfig(`\ufeff${good}`);
    expect(await workspace.run(['repository', 'list'])).toMatchObject({
      stdout: expect.stringContaining('/a.json'),
      stderr: '',
    });
    await workspace.run(['repository', 'add', 'services.json']);
    const saved = JSON.parse(await readFile(join(workspace.configDir, 'config.json'), 'utf8'));
    expect(saved.repositories).toHaveLength(2);
  });

  test('B082: from a newer version: read and never rewritten', async () => {
    const newer = '{"version":2,"repositories":[{"alias":"a","location":"/a.json","since":2030}],"more":[]}';
    await using workspace = await workspaceWithConfig(newer);
    expect((await workspace.run(['repository', 'list'])).stdout).toContain('/a.json');
    const { code, stderr } = await workspace.run(['repository', 'add', 'services.json']);
    expect({ code, stderr }).toMatchObject({ code: 7, stderr: expect.stringContaining('newer bimservice') });
    expect(await readFile(join(workspace.configDir, 'config.json'), 'utf8')).toBe(newer);
    expect(await readdir(workspace.configDir)).toEqual(['config.json']);
  });

  test('with unknown settings keeps them at the next save', async () => {
    await using workspace = await workspaceWithConfig('{"version":1,"extra.dotted":{"kept":true}}');
    expect((await workspace.run(['repository', 'add', 'services.json'])).code).toBe(0);
    const saved = JSON.parse(await readFile(join(workspace.configDir, 'config.json'), 'utf8'));
    expect(saved['extra.dotted']).toEqual({ kept: true });
  });
});
