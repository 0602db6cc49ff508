// Finds the one service that a person means by SERVICE; on a terminal the person selects one when several match.
import type { Context } from '../../context.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { type FindOptions, find } from '../../library/services/find.js';

/** The one service, which is then that of `context`. By default with the addresses of its OAuth server. Throws like `find`. */
export async function resolveService(
  context: Context,
  query: string,
  options: Omit<FindOptions, 'choose'> = { complete: true },
): Promise<ListedService> {
  const choose = async (ids: readonly string[]) => {
    const prompter = await context.prompter();
    return prompter.choose('Which service?', ids, context.runtime.signal);
  };
  const selecting = context.interactive ? { choose } : {};
  const service = await find(context.client, query, { ...options, ...selecting });
  context.service = service.id;
  return service;
}
