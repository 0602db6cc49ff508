// `logout SERVICE`: deletes what is stored here, and revokes the token when the server supports it.
import type { Context } from '../context.js';
import { logOut } from '../core/authorization/log-out.js';
import { authorizationPorts } from './shared/authorization-ports.js';
import { resolveService } from './shared/resolve-service.js';

export async function logoutCommand(
  context: Context,
  [query = '']: string[],
  flags: { registration?: boolean },
): Promise<void> {
  const service = await resolveService(context, query);
  const { revoked, removed } = await logOut(
    { service, registration: flags.registration ?? false },
    await authorizationPorts(context),
    context.runtime.signal,
  );
  if (context.json) return context.printJson({ service: service.id, removed, revoked });
  const { token, registration } = removed;
  const { reporter } = context;
  if (!token && !registration) return reporter.info(`Nothing was stored for ${service.id}.`);
  if (token) {
    const there = revoked
      ? 'the server has revoked it'
      : 'the server does not support revocation, so the token stays valid there until it ends';
    reporter.info(`Removed the token of ${service.id}; ${there}.`);
  }
  if (registration) {
    reporter.info(
      'Removed the registration, which all services of that server shared; the server still has its record.',
    );
  }
}
