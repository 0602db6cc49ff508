// Consents that fail, and tokens that end (built program).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { storeGrant } from '../../credentials/stored.js';
import { Workspace } from '../../support/cli.js';
import { stepModel } from '../../support/fixtures.js';
import { FlatService } from '../../support/flat-service.js';
import { rawRequest } from '../../support/raw-http.js';
import { RotatingServer } from '../../support/rotating-server.js';
import { ClashLogin } from '../../support/session.js';
import { meet } from './mistake.js';

describe.concurrent('consent', () => {
  test('a token that ended and cannot be refreshed', async ({ expect }) => {
    await using rotating = await RotatingServer.start({ expiresIn: 3600 });
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
    await storeGrant(workspace, rotating, -3_600_000, { refreshable: false });
    const argv = ['invoke', 'rotating', 'model.ifc', '--no-receipt', '-r', rotating.listUrl];
    await meet(
      workspace,
      {
        argv,
        exit: 4,
        words: 'the token of rotating ended',
        next: 'bimservice authorize rotating',
      },
      expect,
    );
  });

  test('denied in the browser', async ({ expect }) => {
    await using service = await FlatService.start({ consent: 'deny' });
    await using workspace = await Workspace.create();
    await using session = new ClashLogin(workspace, service.listUrl, '--no-browser');
    const consent = await rawRequest(await session.consent());
    await rawRequest(consent.header('location') ?? '');
    const { code, stderr } = await session.end();
    expect(stderr).toContain('clash-detection was not authorized (access_denied: The user said no)');
    expect(stderr).toContain('To try again: bimservice authorize clash-detection');
    expect(code).toBe(4);
  });

  test('no consent in time', async ({ expect }) => {
    await using service = await FlatService.start({ consent: 'silent' });
    await using workspace = await Workspace.create();
    const argv = ['authorize', 'clash', '--no-browser', '--wait', '1s', '-r', service.listUrl];
    await meet(
      workspace,
      {
        argv,
        exit: 4,
        words: 'no consent was given for clash-detection within 1 s',
        next: '(--wait 15m',
      },
      expect,
    );
  });

  test('a pasted code that is wrong', async ({ expect }) => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await workspace.run(['register', 'clash', '-r', service.listUrl]);
    const argv = ['token', 'clash', '--code', '-', '-r', service.listUrl];
    await meet(
      workspace,
      {
        argv,
        stdin: 'not-the-code\n',
        exit: 4,
        words: 'invalid_grant',
        next: 'Authorize the service again (bimservice authorize clash-detection -r ',
      },
      expect,
    );
    service.server.takeComplaints();
  });

  test('a port that is in use', async ({ expect }) => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const { port } = new URL(service.server.origin);
    const argv = ['authorize', 'clash', '--no-browser', '--port', port, '-r', service.listUrl];
    await meet(
      workspace,
      {
        argv,
        exit: 7,
        words: `port ${port} on 127.0.0.1 is used by another program`,
        next: 'Choose another with --port',
      },
      expect,
    );
  });
});
