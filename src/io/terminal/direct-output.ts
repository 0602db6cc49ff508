// Writes text to a file or a pipe without a stream, because opening the stream of the process takes several milliseconds.
import { fstatSync, writeSync } from 'node:fs';
import { asError, systemErrorCode } from '../../errors.js';

type WriteCallback = (error?: Error | null) => void;

/**
 * An output for the file descriptor `fd`. For a terminal it is the stream of the process, which `open` returns. For a
 * file or a pipe the stream is opened only when the reader is slower than the writer, or when the caller uses more than
 * `write`, `isTTY` and `columns`. From then on all output goes through the stream, so that the order is kept.
 */
export function directOutput<Stream extends NodeJS.WritableStream>(fd: number, open: () => Stream): Stream {
  if (!isPlain(fd)) return open();
  let opened: Stream | null = null;
  const stream = () => {
    opened ??= open();
    return opened;
  };
  const write = (text: string | Uint8Array, done?: WriteCallback): boolean => {
    const rest = opened === null ? writeNow(fd, text, done) : text;
    return rest === null || stream().write(rest, done);
  };
  return new Proxy({} as Stream, {
    get(_, name) {
      if (name === 'write') return write;
      if (name === 'isTTY' || name === 'columns' || name === 'rows') return undefined;
      const value: unknown = Reflect.get(stream(), name);
      return typeof value === 'function' ? value.bind(stream()) : value;
    },
  });
}

/** Writes what can be written at once. Returns the rest for a slow reader; null when all is written or the reader left. */
function writeNow(fd: number, text: string | Uint8Array, done: WriteCallback | undefined): Uint8Array | null {
  let rest = typeof text === 'string' ? Buffer.from(text) : text;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    done?.();
  } catch (error) {
    if (systemErrorCode(error) === 'EAGAIN') return rest;
    // A reader that went away ends the output, not the work (CASES B140). Without `done` no one waits for the error.
    done?.(asError(error));
  }
  return null;
}

/** True for files, pipes and sockets; false for terminals, and for descriptors that were closed before the start. */
function isPlain(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() || stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}
