// A list may pair an honest consent page with a foreign token endpoint (CASES B064; RFC 9700 4.4): the person agrees first.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { foreignHosts, type Service } from '../../protocol/repository/service.js';

/**
 * Warns where the addresses of `service` lie on several hosts, and asks in a terminal. Throws `usage` where the person
 * says no, and `input-needed` where no one can be asked and no one `agreed` beforehand.
 */
export async function confirmHosts(context: Context, service: Service, agreed: boolean): Promise<void> {
  const foreign = foreignHosts(service);
  if (foreign.length === 0) return;
  const consentAt = service.oauth === null ? '' : new URL(service.oauth.authorizationUrl).host;
  const words = `${service.id} asks for consent at ${consentAt}, but its registration, token or models go to ${foreign.join(', ')}`;
  const details = {
    service: service.id,
    hint: `See its addresses: bimservice list ${service.id}; to agree beforehand: --yes`,
  };
  if (!agreed && !context.interactive) throw new BimServiceError('input-needed', words, details);
  context.reporter.warn(words);
  if (agreed) return;
  const prompter = await context.prompter();
  if (await prompter.confirm('Do these hosts belong together?', context.runtime.signal)) return;
  throw new BimServiceError(
    'usage',
    `${service.id} was not authorized: its hosts were not confirmed`,
    details,
  );
}
