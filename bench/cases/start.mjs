// Starting: the commands that people type most do nothing but start.

import { measureInTurns } from '../measure.mjs';
import { ratioRow } from '../rows.mjs';

export const runs = 20;

/** @type {import('../run.mjs').Case} */
export async function rows({ stand, runs }) {
  const { ours, bareNode } = await stand.desk('start');
  const commands = [
    { work: '`--version`', command: ours(['--version']) },
    { work: '`--help`', command: ours(['--help']) },
    { work: 'usage error', command: { ...ours(['no-such-command']), exitCode: 2 } },
  ];
  const [theirs = [], ...measured] = await measureInTurns(
    [bareNode, ...commands.map(({ command }) => command)],
    { runs },
  );
  return measured.map((runsOfOurs, index) =>
    ratioRow({
      work: commands[index]?.work ?? '',
      peer: '`node -e 0`',
      ours: runsOfOurs,
      theirs,
      of: 'wallMs',
      goal: 1.2,
    }),
  );
}
