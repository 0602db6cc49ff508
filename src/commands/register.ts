// `register SERVICE`: the first part of step 2, which `authorize` does by itself.
import type { Context } from '../context.js';
import { register } from '../core/authorization/register.js';
import { dateText, isoTime } from '../durations.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { authorizationPorts } from './shared/authorization-ports.js';
import { type ClientFlags, clientOptions } from './shared/client-options.js';
import { expiry } from './shared/expiry.js';
import { nextStep } from './shared/next-step.js';
import { movedService, resolveService } from './shared/resolve-service.js';

export async function registerCommand(
  context: Context,
  [query = '']: string[],
  flags: ClientFlags & { force?: boolean },
): Promise<void> {
  let service = await resolveService(context, query);
  const input = {
    client: clientOptions(flags),
    port: flags.port ?? null,
    force: flags.force ?? false,
  };
  const ports = await authorizationPorts(context);
  const { signal } = context.runtime;
  const { registration, isNew } = await register({ ...input, service }, ports, signal).catch(
    async (error) => {
      const moved = await movedService(context, service, error);
      if (moved === null) throw error;
      service = moved;
      return register({ ...input, service }, ports, signal);
    },
  );
  const { clientId, clientName, redirectUri, issuedAt, expiresAt } = registration;
  if (context.json)
    return context.printJson({
      service: service.id,
      isNew,
      clientId,
      clientName,
      redirectUri,
      issued: isoTime(issuedAt),
      issuedAt,
      ...expiry(expiresAt),
    });
  const until = expiresAt === null ? '' : `, until ${dateText(expiresAt)}`;
  context.reporter.info(
    `${isNew ? 'Registered' : 'Already registered'} as ${cleanText(clientName)}${until} (redirect ${redirectUri}).`,
  );
  context.reporter.info(`Next: ${nextStep(context, `bimservice authorize ${service.id}`)}`);
}
