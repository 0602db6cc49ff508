// The start of the one-file program, built with the Node that runs the bench, and its size.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { output, PROJECT } from '../environment.mjs';
import { measureInTurns } from '../measure.mjs';
import { limitRow, megabytes, ratioRow } from '../rows.mjs';
import { LISTED } from '../services.mjs';
import { CREDENTIALS, storeTokens } from './status.mjs';

/** What the program adds to Node. */
const LIMIT_ADDED_BYTES = 10_000_000;

export const runs = 20;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const workspace = await environment.workspace('single');
  const { command, bareNode, folder } = workspace;
  const build = [join(PROJECT, 'build', 'single-file.mjs'), '--out', join(folder, 'bin')];
  await output({ program: process.execPath, argv: build, cwd: PROJECT, env: bareNode.env });
  const program = join(folder, 'bin', 'bimservice');
  await storeTokens(workspace);
  const cases = [
    { work: '`--version`', argv: ['--version'], goal: 1.2 },
    { work: '`--help`', argv: ['--help'], goal: 1.3 },
    { work: `\`list\`, ${LISTED} stored services`, argv: ['list'], goal: 2 },
    { work: `\`status\`, ${CREDENTIALS} credentials`, argv: ['status'], goal: 2 },
  ];
  const [theirs = [], ...measured] = await measureInTurns(
    [bareNode, ...cases.map(({ argv }) => command(program, argv))],
    { runs },
  );
  const added = (await stat(program)).size - (await stat(process.execPath)).size;
  return [
    ...measured.map((ours, index) =>
      ratioRow({
        work: `one file: ${cases[index]?.work}`,
        peer: '`node -e 0`',
        ours,
        theirs,
        of: 'wallMs',
        ...(cases[index] === undefined ? {} : { goal: cases[index].goal }),
      }),
    ),
    limitRow({ work: 'one file: more than Node', value: added, limit: LIMIT_ADDED_BYTES, show: megabytes }),
  ];
}
