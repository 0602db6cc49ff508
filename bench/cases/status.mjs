// `status` with 50 stored credentials.

import { output } from '../environment.mjs';
import { measureInTurns } from '../measure.mjs';
import { ratioRow } from '../rows.mjs';
import { guardedId } from '../services.mjs';

/** How many tokens are stored. */
export const CREDENTIALS = 50;

export const runs = 20;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const workspace = await environment.workspace('status');
  const { ours, bareNode } = workspace;
  await storeTokens(workspace);
  const [measured = [], theirs = []] = await measureInTurns([ours(['status']), bareNode], { runs });
  return [
    ratioRow({
      work: `\`status\`, ${CREDENTIALS} credentials`,
      peer: '`node -e 0`',
      ours: measured,
      theirs,
      of: 'wallMs',
      goal: 2,
    }),
  ];
}

/**
 * Stores a token for each of the first services.
 * @param {import('../environment.mjs').Workspace} workspace
 */
export async function storeTokens({ ours }) {
  for (let n = 1; n <= CREDENTIALS; n++) {
    await output(ours(['token', guardedId(n), '--set', '-', '--quiet']), `token-of-service-${n}`);
  }
  const { services } = JSON.parse(await output(ours(['status', '--json'])));
  const authorized = services.filter(
    (/** @type {{ status: string }} */ { status }) => status === 'authorized',
  );
  if (authorized.length !== CREDENTIALS)
    throw new Error(`${authorized.length} credentials, not ${CREDENTIALS}`);
}
