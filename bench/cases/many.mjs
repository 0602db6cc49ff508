// `invoke` of 500 small models, 8 at once, compared with curl under `xargs -P 8`: with names that differ, and with one name.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureInTurns } from '../measure.mjs';
import { modelBytes } from '../models.mjs';
import { ratioRow } from '../rows.mjs';
import { SMALL } from '../services.mjs';

const MODELS = 500;
const JOBS = '8';
const GOAL = 1.0;

export const runs = 5;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { folder, command, ours } = await environment.workspace('many');
  const models = join(folder, 'models');
  const results = join(folder, 'results');
  await mkdir(models);
  const names = Array.from({ length: MODELS }, (_, n) => `model-${n}.ifc`);
  await Promise.all(names.map((name) => writeFile(join(models, name), modelBytes(2_000))));
  const paths = names.map((name) => join(models, name));
  const url = `${environment.services}${SMALL.path}`;
  const curl =
    "curl -sS --fail -H 'Content-Type: application/octet-stream' -H 'Input-Type: IFC_STEP_4' -X POST";
  const script = `ls "$0" | xargs -P ${JOBS} -I{} ${curl} -T "$0/{}" -o "$1/{}" "$2"`;
  /** @param {import('../measure.mjs').Command} one @param {number} files how many it leaves */
  const checked = (one, files) => ({
    ...one,
    before: async () => {
      await rm(results, { recursive: true, force: true });
      await mkdir(results);
    },
    after: async () => {
      const found = (await readdir(results)).length;
      if (found !== files) throw new Error(`${found} files instead of ${files}`);
    },
  });
  /** @param {string[]} options */
  const invoke = (...options) => ours(['invoke', SMALL.id, ...paths, '--jobs', JOBS, ...options]);
  const oneName = join(results, '{name}');
  const [distinct = [], same = [], bare = [], theirs = []] = await measureInTurns(
    [
      checked(invoke('-o', results), 2 * MODELS),
      checked(invoke('-o', oneName), 2 * MODELS),
      checked(invoke('-o', results, '--no-receipt'), MODELS),
      checked(command('sh', ['-c', script, models, results, url]), MODELS),
    ],
    { runs },
  );
  const peer = `\`xargs -P ${JOBS} curl\``;
  const work = `\`invoke\` of ${MODELS} models of 2 KB, ${JOBS} jobs`;
  const of = /** @type {const} */ ('wallMs');
  return [
    ratioRow({ work, peer, ours: distinct, theirs, of, goal: GOAL }),
    ratioRow({ work: `${work}, one name for all results`, peer, ours: same, theirs, of, goal: GOAL }),
    ratioRow({ work: `${work}, \`--no-receipt\``, peer, ours: bare, theirs, of, goal: GOAL }),
  ];
}
