// `invoke` of a small model, with its result and receipt, compared with a start of Node that does nothing.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureInTurns } from '../measure.mjs';
import { modelBytes } from '../models.mjs';
import { ratioRow } from '../rows.mjs';
import { SMALL } from '../services.mjs';

export const runs = 20;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { folder, invocation, bareNode } = await environment.workspace('invoke');
  const model = join(folder, 'model.ifc');
  await writeFile(model, modelBytes(2_000));
  const [measured = [], theirs = []] = await measureInTurns([invocation(SMALL, model), bareNode], { runs });
  return [
    ratioRow({
      work: '`invoke`, model of 2 KB',
      peer: '`node -e 0`',
      ours: measured,
      theirs,
      of: 'wallMs',
      goal: 2.5,
    }),
  ];
}
