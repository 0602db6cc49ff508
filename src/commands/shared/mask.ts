// GitHub Actions blanks a value out of all logs once it is told so.
import type { Context } from '../../context.js';
import type { Secret } from '../../secret.js';

/** Has the runner mask `secret`, in a GitHub Actions job. The runner keeps the line itself out of the log. */
export function mask(context: Context, secret: Secret): void {
  const { env, stderr } = context.runtime;
  if (env.GITHUB_ACTIONS === 'true') stderr.write(`::add-mask::${secret.reveal()}\n`);
}
