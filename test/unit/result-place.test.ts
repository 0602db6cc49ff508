// The folder of results, which several models make at the same time.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ResultPlaces } from '../../src/io/result/result-place.js';

test('each of many models finds the folder that the first one makes', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'bimservice-places-'));
  try {
    for (let round = 0; round < 20; round += 1) {
      const places = new ResultPlaces({
        output: `results-${round}/`,
        cwd,
        several: true,
        serviceId: 'check',
        date: '2026-11-28',
        pid: process.pid,
        isAlive: () => false,
      });
      const all = Array.from({ length: 20 }, (_, n) =>
        places.of({ label: `m${n}`, path: join(cwd, `m${n}.ifc`) }),
      );
      expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(['folder']));
    }
    expect(await readdir(cwd)).toHaveLength(20);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});
