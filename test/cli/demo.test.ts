// The demo teaches: it prints the commands that a person would type, and the real outcome.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Browser } from '../../src/core/ports/login.js';
import { answerConsentPage } from '../../src/serve/oauth/consent-answer.js';
import { Workspace } from '../support/cli.js';

/** A browser whose person clicks Deny. */
const denying: Browser = {
  async open(url) {
    const shown = await fetch(url);
    const page = { url, html: await shown.text(), setCookie: shown.headers.get('set-cookie') ?? undefined };
    const click = answerConsentPage(page, 'deny');
    if (click === undefined) throw new Error('no consent page');
    const { url: action, ...init } = click;
    const location = (await fetch(action, { ...init, redirect: 'manual' })).headers.get('location');
    await (await fetch(location ?? '')).text();
  },
};

test('prints each command, its result, and next steps that work', async () => {
  await using workspace = await Workspace.create();
  const { code, stderr } = await workspace.run(['demo', '--no-browser']);
  expect(code).toBe(0);
  for (const command of ['list', 'register', 'authorize', 'invoke'])
    expect(stderr).toContain(`$ bimservice ${command}`);
  expect(stderr).toContain('1 duplicate and 0 invalid GlobalIds');
  expect(stderr).toContain('bimservice repository add URL');
  expect(await readdir(join(workspace.folder, 'bimservice-demo'))).toEqual([
    'duplicate-guids.bcf',
    'duplicate-guids.bcf.run.json',
    'two-walls.ifc',
  ]);
});

test('Deny ends with 4 and one sentence', async () => {
  await using workspace = await Workspace.create();
  const { code, stderr } = await workspace.run(['demo', '--browser', 'any'], { browser: denying });
  expect(code).toBe(4);
  expect(stderr.match(/^error: .*$/gm)).toEqual(['error: you denied the consent, so the demo ends here']);
});

test('the next demo removes what a killed demo left in the temporary folder', async () => {
  await using workspace = await Workspace.create();
  const temporary = join(workspace.folder, 'tmp');
  await mkdir(join(temporary, 'bimservice-demo-4194305-abcdef', 'credentials'), { recursive: true });
  const { code } = await workspace.spawn(['demo', '--no-browser'], {
    env: { TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  expect(code).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
});
