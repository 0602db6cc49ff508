// Selects the display of progress: a line that redraws itself for one model on a terminal, otherwise plain lines.
import type { Context } from '../../context.js';
import {
  createLogProgress,
  createTerminalProgress,
  type ProgressDisplay,
} from '../../io/terminal/progress.js';

/** With fewer columns, a line that redraws itself is useless. */
const MIN_COLUMNS = 20;

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
    // A pseudo-terminal may report 0 columns; ora would then clear lines forever.
    (runtime.stderr.columns ?? 0) >= MIN_COLUMNS &&
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
