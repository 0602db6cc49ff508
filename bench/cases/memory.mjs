// The peak memory of `invoke`: a large model must not need more than a small one.

import { join } from 'node:path';
import { measureInTurns } from '../measure.mjs';
import { writeSparseModel } from '../models.mjs';
import { limitRow, mebibytes, ratioRow } from '../rows.mjs';
import { SMALL } from '../services.mjs';

const LARGE_MODEL = 4 * 1024 ** 3;
const SMALL_MODEL = 64 * 1024 ** 2;
const LIMIT = 140 * 1024 ** 2;

export const runs = 3;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { folder, invocation } = await environment.workspace('memory');
  const large = join(folder, 'large.ifc');
  const small = join(folder, 'small.ifc');
  await writeSparseModel(large, LARGE_MODEL);
  await writeSparseModel(small, SMALL_MODEL);
  const [ofLarge = [], ofSmall = []] = await measureInTurns(
    [invocation(SMALL, large), invocation(SMALL, small)],
    { runs, usage: true },
  );
  const highest = Math.max(...ofLarge.map((run) => run.peakBytes));
  return [
    ratioRow({
      work: 'peak memory, model of 4 GiB',
      peer: 'model of 64 MiB',
      ours: ofLarge,
      theirs: ofSmall,
      of: 'peakBytes',
      goal: 1.1,
    }),
    limitRow({ work: `the highest of these ${runs}`, value: highest, limit: LIMIT, show: mebibytes }),
  ];
}
