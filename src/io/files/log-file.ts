// The log of `--log-file`: every line of a run, also what only `--verbose` shows, with its time.
import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs';
import type { Clock } from '../../core/ports/system.js';
import { BimServiceError } from '../../errors.js';
import { systemName } from './system-name.js';
import { systemReason } from './system-reason.js';

/**
 * Opens `path` for appending; a new file is for its owner only. Each line is written at once and whole, so that several
 * runs may share a file and a killed run loses nothing. A line that cannot be written is left out. The texts must be
 * clean and without secrets; each may have several lines. Throws `result-not-writable` when the file cannot be opened.
 */
export function openLogFile(
  path: string,
  { clock, pid, version }: { clock: Clock; pid: number; version: string },
): (text: string) => void {
  const write = (text: string) => {
    const at = `${new Date(clock.now()).toISOString()} [${pid}]`;
    const lines = text.split('\n').map((line) => `${at} ${line}\n`);
    if (pipe !== null) return void writeSync(pipe, lines.join(''));
    // Opened for each entry: a tool that rotates logs may have moved the file.
    const file = openSync(path, 'a', 0o600);
    try {
      writeSync(file, lines.join(''));
    } finally {
      closeSync(file);
    }
  };
  let pipe: number | null = null;
  try {
    pipe = openPipe(path);
    write(`bimservice ${version}, ${systemName()}`);
  } catch (error) {
    throw new BimServiceError(
      'result-not-writable',
      `the log file cannot be written: ${path} (${systemReason(error, path)})`,
      { hint: 'Name another file with --log-file', cause: error },
    );
  }
  return (text) => {
    try {
      write(text);
    } catch {
      // A full disk must not end a run because of its log.
    }
  };
}

/**
 * A named pipe, opened once for the whole run: without a reader an open waits, and no signal would end that. Null for
 * anything else. Throws ENXIO where no program reads the pipe.
 */
function openPipe(path: string): number | null {
  if (!statSync(path, { throwIfNoEntry: false })?.isFIFO()) return null;
  const probe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    // Written to at the reader's pace, so not with O_NONBLOCK; it has a reader now, so this does not wait.
    return openSync(path, 'a');
  } finally {
    closeSync(probe);
  }
}
