// What a person typed, and what a list says, on its way back to a terminal or a log. Built program.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

const SECRET = 's3cret-token-that-is-typed-in-the-wrong-place';

const list = (fields: object = {}) =>
  JSON.stringify([{ name: 'Open', inputs: ['IFC_STEP_4'], resourceUrl: 'http://127.0.0.1:9/x', ...fields }]);

test.each([
  ['token', 'open', '--set', SECRET],
  ['token', 'open', `--set=${SECRET}`],
  ['token', 'open', '--code', SECRET],
  ['token', 'open', '--import', SECRET],
  ['token', 'open', `--token=${SECRET}`],
  ['invoke', 'open', 'model.ifc', '--flow', SECRET],
])('%s %s with a secret as an argument: it is not echoed', async (...argv) => {
  await using workspace = await Workspace.create();
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await workspace.spawn([...argv, ...more]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(SECRET);
  }
});

test.each([['list', '-r'], ['invoke'], ['status'], ['repository', 'remove']])(
  'control characters in an argument of %s never reach the terminal',
  async (...argv) => {
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'list.json'), list());
    const hostile = 'a\u001b]0;x\u0007\u009b31m\u202eb';
    const rest = argv[0] === 'invoke' ? [hostile, hostile] : [hostile];
    const at = argv.includes('-r') || argv[0] === 'repository' ? [] : ['-r', 'list.json'];
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await workspace.spawn([...argv, ...rest, ...at, ...more]);
      expect(stdout + stderr).not.toMatch(/[\u0007\u001b\u0080-\u009f\u202a-\u202e]/);
    }
  },
);

test('user information and secrets in addresses are left out of JSON, dry runs and receipts', async () => {
  await using workspace = await Workspace.create();
  await writeFile(
    join(workspace.folder, 'list.json'),
    list({ resourceUrl: `http://127.0.0.1:9/x?token=${SECRET}&a=1` }),
  );
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  for (const argv of [
    ['list', '--json'],
    ['invoke', 'open', 'model.ifc', '--dry-run'],
    ['invoke', 'open', 'model.ifc', '--dry-run', '--json'],
    ['invoke', 'open', 'model.ifc', '--json'],
    ['invoke', 'open', 'model.ifc', '-v'],
  ]) {
    const { stdout, stderr } = await workspace.spawn([...argv, '-r', 'list.json']);
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stdout + stderr).toContain('127.0.0.1:9');
  }
});

test('names of form fields that curl would read as more are refused', async () => {
  await using workspace = await Workspace.create();
  await writeFile(
    join(workspace.folder, 'list.json'),
    list({ upload: 'multipart', modelField: 'a=@/etc/passwd;x' }),
  );
  const { stdout } = await workspace.spawn(['list', '--json', '-r', 'list.json']);
  expect(JSON.parse(stdout)).toMatchObject({
    services: [],
    warnings: [expect.stringContaining('modelField')],
  });
});

test('NODE_DEBUG=* warns as its named values do', async () => {
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'list.json'), list());
  const { stderr } = await workspace.spawn(['list', '-r', 'list.json'], { env: { NODE_DEBUG: 'ht*' } });
  expect(stderr).toContain('NODE_DEBUG');
});

test('a list of 150 providers makes 100 requests, at most 8 at a time', async () => {
  let now = 0;
  let most = 0;
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.url === '/all.json')
      return void response.end(
        JSON.stringify({
          active: Array.from({ length: 150 }, (_, index) => ({
            name: `P${index}`,
            listUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${index}.json`,
          })),
        }),
      );
    asked += 1;
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      response.end(list());
    }, 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using workspace = await Workspace.create();
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await workspace.spawn(['list', '-r', `http://127.0.0.1:${port}/all.json`]);
  server.closeAllConnections();
  server.close();
  expect({ code, asked }).toEqual({ code: 0, asked: 100 });
  expect(most).toBeLessThanOrEqual(8);
  expect(stderr).toContain('only the first 100 lists are read');
});
