// Commands that do little more than start the program.

import { measureInTurns } from '../measure.mjs';
import { ratioRow } from '../rows.mjs';

export const runs = 20;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { ours, bareNode } = await environment.workspace('start');
  const commands = [
    { work: '`--version`', command: ours(['--version']), goal: 1.2 },
    { work: '`--help`', command: ours(['--help']), goal: 1.3 },
    { work: 'usage error', command: { ...ours(['no-such-command']), exitCode: 2 }, goal: 1.2 },
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
      ...(commands[index] && { goal: commands[index].goal }),
    }),
  );
}
