// The first command of someone who has only Node: npx fetches the package from a registry on this machine, and runs the demo.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { measureInTurns } from '../measure.mjs';
import { installPacked } from '../packed.mjs';
import { openRegistry } from '../registry.mjs';
import { limitRow, median, megabytes, milliseconds } from '../rows.mjs';

const LIMIT_BYTES = 5_000_000;
const LIMIT_COLD_MS = 6_000;
const LIMIT_WARM_MS = 3_000;

export const runs = 3;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { tarball, env } = await installPacked(environment.root);
  const registry = await openRegistry(tarball);
  const folder = join(environment.root, 'npx');
  const cache = join(folder, 'cache');
  await mkdir(folder);
  const command = {
    program: 'npx',
    argv: ['--yes', 'bimservice', 'demo', '--no-browser'],
    cwd: folder,
    env: { ...env, npm_config_registry: registry.origin, npm_config_cache: cache },
  };
  const withoutDemo = () => rm(join(folder, 'bimservice-demo'), { recursive: true, force: true });
  const withoutAll = async () => {
    await withoutDemo();
    await rm(cache, { recursive: true, force: true });
  };
  try {
    // In this order a warm run finds what the cold one before it has fetched.
    const [cold = [], warm = []] = await measureInTurns(
      [
        { ...command, before: withoutAll },
        { ...command, before: withoutDemo },
      ],
      { runs },
    );
    const row = (
      /** @type {string} */ work,
      /** @type {{ wallMs: number }[]} */ measured,
      /** @type {number} */ limit,
    ) => limitRow({ work, value: median(measured.map((run) => run.wallMs)), limit, show: milliseconds });
    return [
      limitRow({
        work: 'download of the package',
        value: registry.bytes,
        limit: LIMIT_BYTES,
        show: megabytes,
      }),
      row('`npx bimservice demo`, empty cache', cold, LIMIT_COLD_MS),
      row('`npx bimservice demo`, the next time', warm, LIMIT_WARM_MS),
    ];
  } finally {
    registry.close();
  }
}
