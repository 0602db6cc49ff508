// The person agrees to the hosts that get a secret: in advance with --yes, or at the terminal.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import type { Agree } from '../../library/consent/confirm-hosts.js';

/** Throws `input-needed` when there is no person to ask and `agreed` is false. */
export function agreeing(context: Context, agreed: boolean): Agree {
  return async ({ kind, text, hosts, service }) => {
    if (!agreed && !context.interactive) {
      const hint =
        kind === 'password'
          ? 'To agree beforehand: --yes'
          : `See its addresses: bimservice list ${service}; to confirm them in advance: --yes`;
      throw new BimServiceError('input-needed', text, { service, hint });
    }
    if (agreed && kind === 'password') return true;
    context.reporter.warn(text);
    if (agreed) return true;
    const prompter = await context.prompter();
    const question =
      kind === 'hosts' ? 'Do these hosts belong together?' : `Send the password to ${hosts[0]}?`;
    return prompter.confirm(question, context.runtime.signal);
  };
}
