// `list` of 200 services from the copy of the list that an earlier run has stored.

import { measureInTurns } from '../measure.mjs';
import { ratioRow } from '../rows.mjs';
import { LISTED } from '../services.mjs';
import { output } from '../stand.mjs';

export const runs = 20;

/** @type {import('../run.mjs').Case} */
export async function rows({ stand, runs }) {
  const { ours, bareNode } = await stand.desk('list');
  const { services } = JSON.parse(await output(ours(['list', '--json'])));
  if (services.length !== LISTED) throw new Error(`${services.length} services are listed, not ${LISTED}`);
  const before = await stand.requests();
  const [measured = [], theirs = []] = await measureInTurns([ours(['list']), bareNode], { runs });
  if ((await stand.requests()) !== before)
    throw new Error('the stored list was not fresh: the server was asked');
  return [
    ratioRow({
      work: `\`list\`, ${LISTED} stored services`,
      peer: '`node -e 0`',
      ours: measured,
      theirs,
      of: 'wallMs',
      goal: 1.8,
    }),
  ];
}
