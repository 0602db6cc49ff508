// Asks GitHub Actions to mask a secret in all of its logs.
import type { Context } from '../../context.js';
import type { Secret } from '../../secret.js';

/** In a GitHub Actions job, asks the runner to mask `secret`. The runner removes the printed line from the log. */
export function mask(context: Context, secret: Secret): void {
  const { env, stderr } = context.runtime;
  if (env.GITHUB_ACTIONS === 'true') stderr.write(`::add-mask::${secret.reveal()}\n`);
}
