// The first command of a new user, from an installed package.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { measureInTurns } from '../measure.mjs';
import { installPacked } from '../packed.mjs';
import { limitRow, median, milliseconds } from '../rows.mjs';

const LIMIT_MS = 2_000;

export const runs = 5;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { folder, env } = await installPacked(environment.root);
  const command = {
    program: 'npx',
    argv: ['bimservice', 'demo', '--no-browser'],
    cwd: folder,
    env,
    before: () => rm(join(folder, 'bimservice-demo'), { recursive: true, force: true }),
  };
  const [measured = []] = await measureInTurns([command], { runs });
  const value = median(measured.map((run) => run.wallMs));
  return [limitRow({ work: '`npx bimservice demo`', value, limit: LIMIT_MS, show: milliseconds })];
}
