// Which display of progress fits: lines that redraw themselves on a terminal, plain lines for everything else.
import type { Context } from '../../context.js';
import { createLogModelsProgress, createTerminalModelsProgress } from '../../io/terminal/models-progress.js';
import {
  createLogProgress,
  createTerminalProgress,
  type ProgressDisplay,
} from '../../io/terminal/progress.js';

/** Columns below which lines that redraw themselves are no use. */
const NARROWEST = 20;

/** The progress of a command. */
export interface CommandProgress extends Disposable {
  /** Starts to show a model. */
  model(label: string): Promise<ProgressDisplay>;
}

export async function openProgress(context: Context, models: number): Promise<CommandProgress> {
  const { runtime, reporter } = context;
  const now = () => runtime.clock.monotonic();
  const output = { stream: runtime.stderr, color: context.hasColors };
  const draws = canDraw(context);
  const show = (display: { withoutDisplay(write: () => void): void }) => {
    context.withoutDisplay = (write) => display.withoutDisplay(write);
  };
  const hide = () => {
    context.withoutDisplay = (write) => write();
  };
  if (models === 1) {
    return {
      async model(label) {
        if (!draws) return createLogProgress(reporter, label, now);
        const display = await createTerminalProgress(output, label, now);
        show(display);
        return {
          update: (progress) => display.update(progress),
          stop() {
            hide();
            display.stop();
          },
        };
      },
      [Symbol.dispose]: () => {},
    };
  }
  const display = draws
    ? await createTerminalModelsProgress(output, models, now)
    : createLogModelsProgress(reporter, models, now);
  show(display);
  return {
    model: async (label) => display.model(label),
    [Symbol.dispose]() {
      hide();
      display.stop();
    },
  };
}

function canDraw({ runtime, options }: Context): boolean {
  return (
    runtime.stderr.isTTY === true &&
    // A pseudo-terminal may say that it has no columns; ora would then clear lines for ever.
    (runtime.stderr.columns ?? 0) >= NARROWEST &&
    !options.quiet &&
    !options.verbose &&
    runtime.env.TERM !== 'dumb' &&
    !runtime.env.CI
  );
}
