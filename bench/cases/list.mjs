// `list` of 200 services from the cached copy of the list.

import { output } from '../environment.mjs';
import { measureInTurns } from '../measure.mjs';
import { ratioRow } from '../rows.mjs';
import { LISTED } from '../services.mjs';

export const runs = 20;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { ours, bareNode } = await environment.workspace('list');
  const { services } = JSON.parse(await output(ours(['list', '--json'])));
  if (services.length !== LISTED) throw new Error(`${services.length} services are listed, not ${LISTED}`);
  const before = await environment.requests();
  const [measured = [], theirs = []] = await measureInTurns([ours(['list']), bareNode], { runs });
  if ((await environment.requests()) !== before)
    throw new Error('the cached list was not fresh: the server was requested');
  return [
    ratioRow({
      work: `\`list\`, ${LISTED} stored services`,
      peer: '`node -e 0`',
      ours: measured,
      theirs,
      of: 'wallMs',
      goal: 2,
    }),
  ];
}
