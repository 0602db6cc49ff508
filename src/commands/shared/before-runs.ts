// What comes before the first model is sent: the service, and what the environment has for it.
import type { Context } from '../../context.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { resolveService } from './resolve-service.js';

/** Finds the service for the models `paths`, and says where BIMSERVICE_TOKEN goes. */
export async function serviceForRuns(
  context: Context,
  query: string,
  paths: string[],
): Promise<ListedService> {
  const service = await resolveService(context, query, { others: paths });
  const environmentToken = context.environmentToken(service);
  if (environmentToken?.kind === 'used' && !environmentToken.isBound) {
    const { host, origin } = new URL(service.resourceUrl);
    context.reporter.info(`BIMSERVICE_TOKEN goes to ${host} (to bind it: BIMSERVICE_TOKEN_FOR=${origin}).`);
  }
  if (environmentToken?.kind === 'unused' && service.form === 'address') {
    const { host } = new URL(service.resourceUrl);
    context.reporter.info(`BIMSERVICE_TOKEN is not sent to ${host}: ${environmentToken.why}.`);
  }
  return service;
}
