// Asks GitHub Actions to mask a secret in all of its logs.
import type { Context } from '../../context.js';
import type { Secret } from '../../secret.js';

/** In a GitHub Actions job, asks the runner to mask `secret`. The runner removes the printed line from the log. */
export function mask(context: Context, secret: Secret): void {
  const { env, stderr } = context.runtime;
  if (env.GITHUB_ACTIONS === 'true') stderr.write(`::add-mask::${escaped(secret.reveal())}\n`);
}

/** As the runner decodes the data of a command (actions/toolkit, command.ts). */
function escaped(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
