// The wall clock changes while the program runs: time spans and deadlines are not affected (built program, real servers).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { DeviceServer } from '../support/device-server.js';
import { stepModel } from '../support/fixtures.js';
import { movedClock } from '../support/moved-clock.js';
import { RotatingServer } from '../support/rotating-server.js';
import { storeGrant } from './stored.js';

const HOURS = 2 * 3_600_000;

describe.each([
  ['forward', HOURS],
  ['back', -HOURS],
])('the clock jumps two hours %s', (_, byMs) => {
  test('a device login ends when the person has typed the code', async () => {
    await using fake = await DeviceServer.start(['authorization_pending', 'authorization_pending', 'token']);
    await using workspace = await Workspace.create();
    const done = await workspace.spawn(
      ['authorize', 'fake', '--device', '--wait', '5m', '-r', fake.server.origin],
      {
        env: movedClock({ afterMs: 1000, byMs }),
      },
    );
    expect(done).toMatchObject({ code: 0 });
    expect(fake.server.callsTo('token')).toHaveLength(3);
  });

  test('a device login ends after --wait', async () => {
    await using fake = await DeviceServer.start(Array(20).fill('authorization_pending'));
    await using workspace = await Workspace.create();
    const done = await workspace.spawn(
      ['authorize', 'fake', '--device', '--wait', '3s', '--json', '-r', fake.server.origin],
      { env: movedClock({ afterMs: 1000, byMs }) },
    );
    expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'consent-timeout' } });
    expect(fake.server.callsTo('token').length).toBeGreaterThanOrEqual(2);
  });

  test('the timing of a run is its real duration', async () => {
    await using server = await RotatingServer.start({ expiresIn: 3600, runMs: 2000 });
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
    await storeGrant(workspace, server, 24 * 3_600_000);
    const started = performance.now();
    const done = await workspace.spawn(['invoke', 'rotating', 'model.ifc', '--json', '-r', server.listUrl], {
      env: movedClock({ afterMs: 1200, byMs }),
    });
    const took = performance.now() - started;
    const { timing } = JSON.parse(done.stdout);
    for (const ms of [timing.uploadMs, timing.waitMs, timing.downloadMs]) {
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(took);
      expect(Number.isInteger(ms)).toBe(true);
    }
    expect(timing.waitMs).toBeGreaterThan(500);
  });
});
