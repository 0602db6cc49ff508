// `invoke SERVICE FILE...`: step 4 for one model or many.

import type { Context } from '../context.js';
import { serviceState } from '../core/authorization/service-state.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { BimServiceError } from '../errors.js';
import { ModelHashing } from '../io/model/model-hash.js';
import { markReported } from '../output/reported-errors.js';
import { type InvokeFlags, invokeOne, type OneResult } from './invoke-one.js';
import { resolveService } from './shared/resolve-service.js';

export async function invokeCommand(
  context: Context,
  [query = '', ...files]: string[],
  flags: InvokeFlags,
): Promise<void> {
  checkFlags(context, files, flags);
  const needsAddresses = context.environmentToken === null;
  const service = await resolveService(context, query, { needsAddresses });
  if (!flags.dryRun) await offerConsent(context, service);
  const results = await inTurn(context, service, files, flags);
  const failed = results.filter(({ error }) => error !== null);
  if (files.length > 1)
    context.reporter.info(`${files.length - failed.length} of ${files.length} models done.`);
  // Each failure has been told with its model; the run ends with the code of the first.
  if (failed[0]?.error) throw markReported(failed[0].error);
}

function checkFlags(context: Context, files: string[], flags: InvokeFlags): void {
  const { output } = flags;
  if (output === '-' && (files.length > 1 || context.json)) {
    throw new BimServiceError(
      'usage',
      `-o - gives stdout to one result: ${context.json ? 'not with --json' : 'send one model at a time'}`,
      {
        hint: 'Name a folder: -o results/',
      },
    );
  }
  if (files.filter((file) => file === '-').length > 1)
    throw new BimServiceError('usage', 'stdin can be only one of the models');
}

/** At most `--jobs` models at once; results keep the order of the files, lines come as each is done. */
async function inTurn(
  context: Context,
  service: ListedService,
  files: string[],
  flags: InvokeFlags,
): Promise<OneResult[]> {
  const results: OneResult[] = [];
  await using hashing = new ModelHashing();
  const waiting = files.entries();
  const worker = async () => {
    for (const [index, file] of waiting) {
      results[index] = await invokeOne(context, service, file, {
        ...flags,
        alone: files.length === 1,
        hashing,
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(flags.jobs, files.length) }, worker));
  return results;
}

/** Without a token nothing can be sent: where a person sits at the terminal, the consent can be given now. */
async function offerConsent(context: Context, service: ListedService): Promise<void> {
  if (!context.interactive) return;
  if (!(await serviceState(service, context)).needsConsent) return;
  const prompter = await context.prompter();
  if (
    !(await prompter.confirm(
      `${service.id} is not authorized. Give your consent in the browser now?`,
      context.runtime.signal,
    ))
  )
    return;
  const { authorizeService } = await import('./authorize.js');
  await authorizeService(context, service, { browser: true, wait: 5 * 60_000 });
}
