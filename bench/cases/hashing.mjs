// What the receipt costs: it needs the hash of all that was sent. Measured against `--no-receipt`, which may hash all
// the same, and against a run from which hashing is taken out.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureInTurns } from '../measure.mjs';
import { writeSparseModel } from '../models.mjs';
import { ratioRow } from '../rows.mjs';
import { ANSWER_NAME, SMALL } from '../services.mjs';

const MODEL_BYTES = 1024 ** 3;
const PRELOADED = fileURLToPath(new URL('../without-hashing.mjs', import.meta.url));

export const runs = 5;

/** @type {import('../run.mjs').Case} */
export async function rows({ stand, runs }) {
  const { folder, invocation } = await stand.desk('hashing');
  const model = join(folder, 'model.ifc');
  await writeSparseModel(model, MODEL_BYTES);
  const hashing = invocation(SMALL, model);
  /** @type {Set<string>} */
  const hashes = new Set();
  const commands = [
    {
      ...hashing,
      after: async () => {
        await hashing.after?.();
        hashes.add(await hashInReceipt(folder));
      },
    },
    invocation(SMALL, model, ['--no-receipt']),
    {
      ...hashing,
      argv: ['--import', PRELOADED, ...hashing.argv],
      after: async () => {
        await hashing.after?.();
        if (hashes.has(await hashInReceipt(folder))) throw new Error('the model was hashed all the same');
      },
    },
  ];
  const [ours = [], ...theirs] = await measureInTurns(commands, { runs });
  return ['`--no-receipt`', 'hashing taken out'].map((peer, index) =>
    ratioRow({
      work: '`invoke` 1 GiB with a receipt: wall',
      peer,
      ours,
      theirs: theirs[index] ?? [],
      of: 'wallMs',
      goal: 1.15,
    }),
  );
}

/**
 * @param {string} folder
 * @returns {Promise<string>}
 */
async function hashInReceipt(folder) {
  return JSON.parse(await readFile(join(folder, 'results', `${ANSWER_NAME}.run.json`), 'utf8')).input.sha256;
}
