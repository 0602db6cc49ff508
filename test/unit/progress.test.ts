// The progress of a model: words, one line for each phase, and one each minute.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TransferProgress } from '../../src/core/ports/http.js';
import type { Reporter } from '../../src/core/ports/terminal.js';
import { createLogProgress, progressText } from '../../src/io/terminal/progress.js';

const MiB = 1024 * 1024;

test.each<[TransferProgress, number, string]>([
  [{ phase: 'connect' }, 0, 'connecting'],
  [{ phase: 'wait' }, 751_000, 'service is working 12:31'],
  [{ phase: 'wait' }, 3_723_000, 'service is working 1:02:03'],
  [{ phase: 'upload', bytes: 0, total: 10 * MiB }, 0, 'sending 0 B of 10.0 MiB'],
  [
    { phase: 'upload', bytes: 5 * MiB, total: 10 * MiB },
    5000,
    'sending 5.0 MiB of 10.0 MiB, 1.0 MiB/s, 0:05 left',
  ],
  [{ phase: 'upload', bytes: 5 * MiB, total: null }, 5000, 'sending 5.0 MiB, 1.0 MiB/s'],
  [{ phase: 'download', bytes: 812, total: null }, 10, 'receiving 812 B'],
])('%j after %i ms is "%s"', (progress, elapsed, text) => {
  expect(progressText(progress, elapsed)).toBe(text);
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a log gets one line a phase and one a minute, and none after the end', () => {
  const lines: string[] = [];
  const reporter: Reporter = {
    info: (line) => lines.push(line),
    warn: () => {},
    instruct: () => {},
    debug: () => {},
  };
  const progress = createLogProgress(reporter, 'model.ifc', () => Date.now());
  progress.update({ phase: 'connect' });
  progress.update({ phase: 'upload', bytes: 0, total: 100 });
  progress.update({ phase: 'upload', bytes: 100, total: 100 });
  progress.update({ phase: 'wait' });
  vi.advanceTimersByTime(150_000);
  progress.stop();
  vi.advanceTimersByTime(600_000);
  expect(lines).toEqual([
    'model.ifc: sending 100 B',
    'model.ifc: service is working 0:00',
    'model.ifc: service is working 1:00',
    'model.ifc: service is working 2:00',
  ]);
});
