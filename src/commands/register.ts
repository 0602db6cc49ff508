// `register SERVICE`: step 1.
import type { Context } from '../context.js';
import { register } from '../core/authorization/register.js';
import { dateText } from '../durations.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { authorizationPorts } from './shared/authorization-ports.js';
import { type ClientFlags, clientOptions } from './shared/client-options.js';
import { resolveService } from './shared/resolve-service.js';

export async function registerCommand(
  context: Context,
  [query = '']: string[],
  flags: ClientFlags & { force?: boolean },
): Promise<void> {
  const service = await resolveService(context, query);
  const input = {
    service,
    client: clientOptions(flags),
    port: flags.port ?? null,
    force: flags.force ?? false,
  };
  const { registration, isNew } = await register(
    input,
    await authorizationPorts(context),
    context.runtime.signal,
  );
  const { clientId, clientName, redirectUri, issuedAt, expiresAt } = registration;
  if (context.json)
    return context.printJson({
      service: service.id,
      isNew,
      clientId,
      clientName,
      redirectUri,
      issuedAt,
      expiresAt,
    });
  const until = expiresAt === null ? '' : `, until ${dateText(expiresAt)}`;
  context.reporter.info(
    `${isNew ? 'Registered' : 'Already registered'} as ${cleanText(clientName)}${until} (redirect ${redirectUri}).`,
  );
  context.reporter.info(`Next: bimservice authorize ${service.id}`);
}
