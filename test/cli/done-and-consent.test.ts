// The lines around a run that a person sees: `done` in its color, the question for the consent, and a log without 0 bytes.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { OpenService } from '../support/open-service.js';
import { NO_TERMINAL } from '../support/pseudo-terminal.js';
import { Session } from '../support/session.js';

const GREEN_DONE = '\u001b[32mdone\u001b[39m';

test('`done` is green where colors are on, and plain in a pipe', async () => {
  await using at = await OpenService.start({ status: 200, body: 'fine' });
  const colored = await at.invoke(['model.ifc'], { env: { FORCE_COLOR: '1' } });
  expect(colored.stderr).toContain(`model.ifc: ${GREEN_DONE} (`);
  const plain = await at.invoke(['model.ifc', '--force']);
  expect(plain.stderr).toContain('model.ifc: done (');
});

test('a log says how much is sent, never that 0 B are', async () => {
  await using at = await OpenService.start({ status: 200, body: 'fine' });
  const { code, stderr } = await at.invoke(['model.ifc']);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^model\.ifc: sending \d/m),
  });
  expect(stderr).not.toMatch(/\b0 B\b/);
});

test.skipIf(NO_TERMINAL !== null)('the question for the consent takes Enter as yes', async () => {
  await using service = await FlatService.start();
  await using at = await OpenService.start({ status: 200 });
  await writeFile(join(at.workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
  const browser = join(at.workspace.folder, 'browser');
  await writeFile(browser, `#!/bin/sh\nexec '${process.execPath}' -e 'fetch(process.argv[1])' "$1"\n`, {
    mode: 0o755,
  });
  const argv = ['invoke', 'clash', 'model.ifc', '-r', service.listUrl];
  await using session = new Session(at.workspace, argv, { terminal: true, env: { BROWSER: browser } });
  expect(service.server.callsTo('register')).toHaveLength(0);
  await session.waitForText(/Give your consent in the browser now\?.*\(Y\/n\)/);
  session.type('');
  const { code, stderr } = await session.end();
  expect(code, stderr).toBe(0);
  expect(service.server.callsTo('token')).toHaveLength(1);
  expect(service.server.callsTo('invoke')).toHaveLength(1);
});
