// SIGHUP: a process that serves reads its file again, and keeps what it has where the file is wrong.
import type { Context } from '../../context.js';
import { messageOf } from '../../errors.js';

/** Calls `reload` for each SIGHUP, one at a time, until it is disposed. `reload` resolves with the ids of the services. */
export function onReload(context: Context, reload: () => Promise<readonly string[]>): Disposable {
  let last = Promise.resolve();
  const stop = context.runtime.processes.onReload(() => {
    last = last.then(reload).then(
      (ids) => context.reporter.info(`Read again: ${ids.join(', ')}.`),
      (error: unknown) => context.reporter.warn(`nothing was read again: ${messageOf(error)}`),
    );
  });
  return { [Symbol.dispose]: stop };
}
