// Shows how several models are getting on: on a terminal a line for each running model and one for all of them.

import type { TransferProgress } from '../../core/ports/http.js';
import type { Reporter } from '../../core/ports/terminal.js';
import { clockText } from '../../durations.js';
import { createLiveLines, type LiveLine, type Terminal } from './live-lines.js';
import { type ProgressDisplay, progressText } from './progress.js';

/** Shows the progress of a command with several models; `stop` removes the display. */
export interface ModelsProgress {
  /** Starts to show a model; stopping it counts it as finished. */
  model(label: string): ProgressDisplay;
  /** Removes the display while `write` runs. */
  withoutDisplay(write: () => void): void;
  stop(): void;
}

const LOG_EVERY_MS = 60_000;
/** Lines of the terminal that stay free, so that the display never scrolls. */
const FREE_LINES = 3;

interface Running {
  label: string;
  last: TransferProgress;
  phaseStart: number;
}

/** What is known of the models of a command. */
class Overview {
  readonly #total: number;
  readonly #now: () => number;
  readonly #start: number;
  readonly #running = new Set<Running>();
  #finished = 0;

  constructor(total: number, now: () => number) {
    this.#total = total;
    this.#now = now;
    this.#start = now();
  }

  model(label: string): ProgressDisplay {
    const own: Running = { label, last: { phase: 'connect' }, phaseStart: this.#now() };
    this.#running.add(own);
    return {
      update: (progress) => {
        if (progress.phase !== own.last.phase) own.phaseStart = this.#now();
        own.last = progress;
      },
      stop: () => {
        if (this.#running.delete(own)) this.#finished += 1;
      },
    };
  }

  /** `12 of 500 models finished, 3:20 left`. */
  totalText(): string {
    const elapsed = this.#now() - this.#start;
    const text = `${this.#finished} of ${this.#total} models finished`;
    if (this.#finished === 0) return text;
    return `${text}, ${clockText((elapsed / this.#finished) * (this.#total - this.#finished))} left`;
  }

  /** The total and a line for each running model, at most `most` lines. */
  lines(most: number): LiveLine[] {
    const lines = [...this.#running].map(
      ({ label, last, phaseStart }): LiveLine => ({
        name: `  ${label}`,
        text: progressText(last, this.#now() - phaseStart),
      }),
    );
    const shown = lines.length < most ? lines : lines.slice(0, Math.max(0, most - 2));
    const hidden = lines.length - shown.length;
    return [{ text: this.totalText() }, ...shown, ...(hidden > 0 ? [{ text: `  and ${hidden} more` }] : [])];
  }
}

/** Lines that redraw themselves on `terminal`. */
export async function createTerminalModelsProgress(
  terminal: Terminal,
  total: number,
  now: () => number,
): Promise<ModelsProgress> {
  const overview = new Overview(total, now);
  const live = await createLiveLines(terminal, (rows) => overview.lines(Math.max(1, rows - FREE_LINES)));
  return { ...live, model: (label) => overview.model(label) };
}

/** For logs and pipes: the total once a minute. Each model has its own line when it is finished, which the caller writes. */
export function createLogModelsProgress(
  reporter: Reporter,
  total: number,
  now: () => number,
): ModelsProgress {
  const overview = new Overview(total, now);
  const timer = setInterval(() => reporter.info(overview.totalText()), LOG_EVERY_MS);
  timer.unref();
  return {
    model: (label) => overview.model(label),
    withoutDisplay: (write) => write(),
    stop: () => clearInterval(timer),
  };
}
