// `logout SERVICE`: deletes what is stored here, and revokes the token when the server supports it. `--all`: everything.
import type { Context } from '../context.js';
import { logOut } from '../core/authorization/log-out.js';
import { BimServiceError } from '../errors.js';
import { authorizationPorts } from '../library/consent/authorization-ports.js';
import { resolveService } from './shared/resolve-service.js';
import { revocationText } from './shared/revocation-text.js';

export async function logoutCommand(
  context: Context,
  [query]: string[],
  flags: { registration?: boolean; all?: boolean },
): Promise<void> {
  if (flags.all && query !== undefined)
    throw new BimServiceError('usage', 'logout takes a service or --all, not both');
  if (flags.all) return (await import('./logout-all.js')).logOutOfEverything(context);
  if (query === undefined) {
    throw new BimServiceError('usage', 'logout needs a service', {
      hint: 'Name one, as bimservice status shows it: bimservice logout SERVICE\nOr delete everything that is stored here: bimservice logout --all',
    });
  }
  const service = await resolveService(context, query);
  const { revocation, removed } = await logOut(
    { service, registration: flags.registration ?? false },
    await authorizationPorts(context.ports),
    context.runtime.signal,
  );
  if (context.json) return context.printJson({ service: service.id, removed, revoked: revocation.revoked });
  const { token, registration } = removed;
  const { reporter } = context;
  if (!token && !registration) return reporter.info(`Nothing was stored for ${service.id}.`);
  if (token) reporter.info(`Removed the token of ${service.id}; ${revocationText(revocation)}.`);
  if (registration) {
    reporter.info(
      'Removed the registration, which all services of that server shared; the server still has its record.',
    );
  }
}
