// Which display of progress fits: a line that redraws itself for one model on a terminal, lines for all else.
import type { Context } from '../../context.js';
import {
  createLogProgress,
  createTerminalProgress,
  type ProgressDisplay,
} from '../../io/terminal/progress.js';

/** Columns below which a line that redraws itself is no use. */
const NARROWEST = 20;

export async function startProgress(
  context: Context,
  label: string,
  alone: boolean,
): Promise<ProgressDisplay> {
  const { runtime, reporter, options } = context;
  const now = () => runtime.clock.monotonic();
  const draws =
    alone &&
    runtime.stderr.isTTY === true &&
    // A pseudo-terminal may say that it has no columns; ora would then clear lines for ever.
    (runtime.stderr.columns ?? 0) >= NARROWEST &&
    !options.quiet &&
    !options.verbose &&
    runtime.env.TERM !== 'dumb' &&
    !runtime.env.CI;
  if (!draws) return createLogProgress(reporter, label, now);
  const display = await createTerminalProgress(
    { stream: runtime.stderr, color: context.hasColors },
    label,
    now,
  );
  context.withoutDisplay = (write) => display.withoutDisplay(write);
  return {
    update: (progress) => display.update(progress),
    stop() {
      context.withoutDisplay = (write) => write();
      display.stop();
    },
  };
}
