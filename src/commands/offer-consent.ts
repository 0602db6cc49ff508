// Offers a person to give the consent that a run needs.
import type { Context } from '../context.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { state } from '../library/services/state.js';

/** Nothing can be sent without a token. On a terminal the person can give the consent now. */
export async function offerConsent(context: Context, service: ListedService): Promise<void> {
  if (!context.interactive) return;
  if (!(await state(context.client, service)).needsConsent) return;
  const prompter = await context.prompter();
  if (
    !(await prompter.confirm(
      `${service.id} is not authorized. Give your consent in the browser now?`,
      context.runtime.signal,
      true,
    ))
  )
    return;
  const { authorizeService } = await import('./authorize.js');
  await authorizeService(context, service, { browser: true, wait: 5 * 60_000 });
}
