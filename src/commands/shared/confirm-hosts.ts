// A list may combine a trustworthy consent page with a foreign token endpoint (CASES B064; RFC 9700 4.4), so the person confirms the hosts.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { foreignHosts, type Service } from '../../protocol/repository/service.js';

/**
 * Warns when the addresses of `service` are on several hosts, and asks for a confirmation on a terminal. Throws `usage` when
 * the person refuses, and `input-needed` when there is no person to ask and `agreed` is false.
 */
export async function confirmHosts(context: Context, service: Service, agreed: boolean): Promise<void> {
  const foreign = foreignHosts(service);
  if (foreign.length === 0) return;
  const consentAt = service.oauth === null ? '' : new URL(service.oauth.authorizationUrl).host;
  const words = `${service.id} asks for consent at ${consentAt}, but sends its registration, token or models to ${foreign.join(', ')}`;
  const details = {
    service: service.id,
    hint: `See its addresses: bimservice list ${service.id}; to confirm them in advance: --yes`,
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

/**
 * A password opens more than one service, so it goes to the host of the list that named the service; for any other host
 * the person agrees first. A list in a local file is the person's own.
 */
export async function confirmPasswordHost(
  context: Context,
  service: Service,
  agreed: boolean,
): Promise<void> {
  const { repository, resourceUrl, id } = service;
  const { host } = new URL(resourceUrl);
  if (agreed || !URL.canParse(repository) || new URL(repository).host === host) return;
  const words = `the password would go to ${host}, but the list of ${id} is at ${new URL(repository).host}`;
  const details = { service: id, hint: 'To agree beforehand: --yes' };
  if (!context.interactive) throw new BimServiceError('input-needed', words, details);
  context.reporter.warn(words);
  const prompter = await context.prompter();
  if (await prompter.confirm(`Send the password to ${host}?`, context.runtime.signal)) return;
  throw new BimServiceError('usage', `no password was sent to ${host}`, details);
}
