// Shows progress while a model is sent, a service works and a result is received.

import type { TransferProgress } from '../../core/ports/http.js';
import type { Reporter } from '../../core/ports/terminal.js';
import { clockText } from '../../durations.js';
import type { RunProgress } from '../../protocol/invocation/run-channel.js';
import { bytesText, cleanText } from '../../protocol/text/clean-text.js';
import { createLiveLines, type Terminal } from './live-lines.js';

/** Shows the progress of one model; `stop` removes the display. */
export interface ProgressDisplay {
  update(progress: TransferProgress): void;
  stop(): void;
}

const LOG_EVERY_MS = 60_000;

/** One line for each phase and one each minute: for logs, pipes and several models at once. */
export function createLogProgress(reporter: Reporter, label: string, now: () => number): ProgressDisplay {
  let phase: TransferProgress['phase'] | null = null;
  let phaseStart = now();
  let last: TransferProgress = { phase: 'connect' };
  const report = (text: string) => reporter.info(`${label}: ${text}`);
  const timer = setInterval(() => report(logText(last, now() - phaseStart)), LOG_EVERY_MS);
  timer.unref();
  return {
    update(progress) {
      last = progress;
      if (progress.phase === phase) return;
      phase = progress.phase;
      phaseStart = now();
      if (phase !== 'connect') report(logText(last, 0));
    },
    stop: () => clearInterval(timer),
  };
}

/** The display on a terminal. Other output must be written with `withoutDisplay`. */
export interface TerminalProgress extends ProgressDisplay {
  /** Removes the display while `write` runs. */
  withoutDisplay(write: () => void): void;
}

/** A line that redraws itself on `terminal`. */
export async function createTerminalProgress(
  terminal: Terminal,
  label: string,
  now: () => number,
): Promise<TerminalProgress> {
  let phaseStart = now();
  let last: TransferProgress = { phase: 'connect' };
  const live = await createLiveLines(terminal, () => [
    { name: label, text: progressText(last, now() - phaseStart) },
  ]);
  return {
    ...live,
    update(progress) {
      if (progress.phase !== last.phase) phaseStart = now();
      last = progress;
    },
  };
}

/** One phase in words for a log, where a line stays: before the first byte, how much there is (`sending 2.2 KiB`). */
function logText(progress: TransferProgress, elapsedMs: number): string {
  const text = progressText(progress, elapsedMs);
  if (!('bytes' in progress) || progress.bytes > 0) return text;
  const verb = progress.phase === 'upload' ? 'sending' : 'receiving';
  return progress.total === null ? verb : `${verb} ${bytesText(progress.total)}`;
}

/** One phase in words: bytes, rate and remaining time, or how long the service has been working. */
export function progressText(progress: TransferProgress, elapsedMs: number): string {
  switch (progress.phase) {
    case 'connect':
      return 'connecting';
    case 'wait':
      return `service is working ${clockText(elapsedMs)}${progress.run ? runText(progress.run) : ''}`;
    case 'upload':
      return `sending ${transferText(progress, elapsedMs)}`;
    case 'download':
      return `receiving ${transferText(progress, elapsedMs)}`;
  }
}

/** The progress in the service's own words. */
function runText({ percent, label }: RunProgress): string {
  const words = [cleanText(label, 60), percent === null ? '' : `${percent} %`].filter(Boolean).join(' ');
  return words === '' ? '' : `: ${words}`;
}

function transferText({ bytes, total }: { bytes: number; total: number | null }, elapsedMs: number): string {
  const rate = elapsedMs > 1000 ? (bytes / elapsedMs) * 1000 : null;
  const parts = [total === null ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(total)}`];
  if (rate !== null && rate > 0) {
    parts.push(`${bytesText(rate)}/s`);
    if (total !== null && bytes < total) parts.push(`${clockText(((total - bytes) / rate) * 1000)} left`);
  }
  return parts.join(', ');
}
