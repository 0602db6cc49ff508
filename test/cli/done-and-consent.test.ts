// The lines around a run that a person sees: `done` in its color, the question for the consent, and a log without 0 bytes.
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { OpenService } from '../support/open-service.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';

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
  const { stdout } = await atTerminal(
    `timeout -s INT 4 ${process.execPath} ${PROGRAM} invoke clash model.ifc -r ${service.listUrl}`,
    {
      cwd: at.desk.folder,
      env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: at.desk.configDir, TERM: 'xterm' },
    },
  );
  expect(stdout).toContain('Give your consent in the browser now?');
  expect(stdout).toContain('(Y/n)');
});
