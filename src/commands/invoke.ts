// `invoke SERVICE FILE...`: step 4 for one model or many.
import { markTold } from '../cli/told.js';
import type { Context } from '../context.js';
import type { ListedService } from '../core/load-repositories.js';
import { BimServiceError } from '../errors.js';
import { type InvokeFlags, invokeOne, type OneResult } from './invoke-one.js';
import { resolveService } from './services.js';

export async function invokeCommand(
  context: Context,
  [query = '', ...files]: string[],
  flags: InvokeFlags,
): Promise<void> {
  checkFlags(context, files, flags);
  const service = await resolveService(context, query);
  const results = await inTurn(context, service, files, flags);
  const failed = results.filter(({ error }) => error !== null);
  if (files.length > 1)
    context.reporter.info(`${files.length - failed.length} of ${files.length} models done.`);
  // Each failure has been told with its model; the run ends with the code of the first.
  if (failed[0]?.error) throw markTold(failed[0].error);
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
  const waiting = files.entries();
  const worker = async () => {
    for (const [index, file] of waiting) {
      results[index] = await invokeOne(context, service, file, { ...flags, alone: files.length === 1 });
    }
  };
  await Promise.all(Array.from({ length: Math.min(flags.jobs, files.length) }, worker));
  return results;
}
