// After a login the same true page is there for a reload, Back or a second tab, while the program itself has ended.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { loginByHand as login } from '../support/login-by-hand.js';

const show = async (address: URL | string, init: RequestInit = {}) => {
  const response = await fetch(address, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

test('a reload shows the same page after the program has ended, and only for the same address', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const { callback, page, code } = await login(workspace, service);
  expect({ code, status: page.status }).toEqual({ code: 0, status: 200 });
  const again = await show(callback);
  expect({ status: again.status, text: again.text }).toEqual(page);
  expect(again.headers.get('cache-control')).toBe('no-store');
  expect(again.headers.get('content-security-policy')).toContain("default-src 'none'");
  const other = new URL(callback);
  other.searchParams.set('state', 'forged');
  expect(await show(other)).toMatchObject({ status: 400 });
  expect(await show(callback, { method: 'POST' })).toMatchObject({ status: 405 });
  expect(await show(new URL('/', callback))).toMatchObject({ status: 404 });
  // It gives the port back by itself.
  await expect.poll(() => show(callback).catch(() => 'gone'), { timeout: 20_000 }).toBe('gone');
});

test('another program that has the port gets no request', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const first = await login(workspace, service);
  await expect.poll(() => show(first.callback).catch(() => 'gone'), { timeout: 20_000 }).toBe('gone');
  const seen: string[] = [];
  const other = createServer((request, response) => {
    seen.push(String(request.url));
    response.end();
  });
  await new Promise<void>((resolve) => other.listen(Number(first.callback.port), '127.0.0.1', resolve));
  const second = await login(workspace, service);
  await new Promise((resolve) => other.close(resolve));
  expect({ code: second.code, seen }).toEqual({ code: 0, seen: [] });
  expect(second.said).toContain('is taken');
});

test('a second login gets the port at once, with the same registration', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const first = await login(workspace, service);
  const second = await login(workspace, service);
  expect(second.code, second.said).toBe(0);
  expect(second.callback.port).toBe(first.callback.port);
  expect(service.server.callsTo('register')).toHaveLength(1);
  expect(second.said).not.toContain('is taken');
  expect(await readFile(join(workspace.configDir, 'config.json'), 'utf8').catch(() => '')).not.toContain(
    'code',
  );
});

test('doctor does not call the page of a finished login another program', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const { callback } = await login(workspace, service);
  const { stdout } = await workspace.run(['doctor', 'clash', '-r', service.listUrl, '--json']);
  const { findings } = JSON.parse(stdout);
  expect(findings.filter(({ check }: { check: string }) => check === 'redirect')).toMatchObject([
    { result: 'ok', text: `port ${callback.port} is free` },
  ]);
});
