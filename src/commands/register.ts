// `register SERVICE`: the first part of step 2, which `authorize` does by itself.
import type { Context } from '../context.js';
import { dateText, isoTime } from '../durations.js';
import { register } from '../library/consent/register.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { type ClientFlags, clientOptions } from './shared/client-options.js';
import { expiry } from './shared/expiry.js';
import { nextStep } from './shared/next-step.js';
import { resolveService } from './shared/resolve-service.js';

export async function registerCommand(
  context: Context,
  [query = '']: string[],
  flags: ClientFlags & { force?: boolean },
): Promise<void> {
  const found = await resolveService(context, query);
  const { service, registration, isNew } = await register(context.client, found, {
    ...clientOptions(flags),
    force: flags.force ?? false,
  });
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
