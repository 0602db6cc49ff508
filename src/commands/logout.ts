// `logout SERVICE`: forget what is stored here.
import type { Context } from '../context.js';
import { resolveService } from './services.js';

export async function logoutCommand(
  context: Context,
  [query = '']: string[],
  flags: { registration?: boolean },
): Promise<void> {
  const service = await resolveService(context, query);
  const token = await context.store.deleteToken(service);
  const registration =
    flags.registration === true &&
    service.oauth !== null &&
    (await context.store.deleteRegistration(service.oauth));
  if (context.json) return context.printJson({ service: service.id, removed: { token, registration } });
  const removed = [
    token ? 'the token' : '',
    registration ? 'the registration (shared by all services of its server)' : '',
  ].filter(Boolean);
  context.reporter.info(
    removed.length === 0
      ? `Nothing was stored for ${service.id}.`
      : `Removed ${removed.join(' and ')}. The server still knows them.`,
  );
}
