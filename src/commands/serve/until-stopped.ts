// How a server ends: the first signal lets it finish what it has taken.
import { onAbort } from '../../abort.js';
import type { Context } from '../../context.js';

/** What runs is finished after this, new runs are refused. Another signal ends at once. */
export async function untilStopped(context: Context): Promise<void> {
  await new Promise<void>((resolve) => {
    onAbort(context.runtime.signal, () => resolve());
  });
  context.reporter.info('Stopping: runs that were taken are finished first. Ctrl-C ends them at once.');
}
