// What comes before the first model is sent: the service, the token of the environment, and the consent of a person.
import type { Context } from '../../context.js';
import type { EnvironmentTokenUse } from '../../core/authorization/environment-token.js';
import { serviceState } from '../../core/authorization/service-state.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { resolveService } from './resolve-service.js';

/** Finds the service for the models `paths`, and says where BIMSERVICE_TOKEN goes. */
export async function serviceForRuns(
  context: Context,
  query: string,
  paths: string[],
): Promise<{ service: ListedService; environmentToken: EnvironmentTokenUse | null }> {
  const service = await resolveService(
    context,
    query,
    (found) => context.environmentToken(found)?.kind !== 'used',
    paths,
  );
  const environmentToken = context.environmentToken(service);
  if (environmentToken?.kind === 'used' && !environmentToken.isBound) {
    const { host, origin } = new URL(service.resourceUrl);
    context.reporter.info(`BIMSERVICE_TOKEN goes to ${host} (to bind it: BIMSERVICE_TOKEN_FOR=${origin}).`);
  }
  return { service, environmentToken };
}

/** Nothing can be sent without a token. On a terminal the person can give the consent now. */
export async function offerConsent(context: Context, service: ListedService): Promise<void> {
  if (!context.interactive) return;
  if (!(await serviceState(service, context)).needsConsent) return;
  const prompter = await context.prompter();
  if (
    !(await prompter.confirm(
      `${service.id} is not authorized. Give your consent in the browser now?`,
      context.runtime.signal,
      true,
    ))
  )
    return;
  const { authorizeService } = await import('../authorize.js');
  await authorizeService(context, service, { browser: true, wait: 5 * 60_000 });
}
