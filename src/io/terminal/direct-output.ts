// Text to a file or a pipe without a stream: to open the process's own takes as long as much of a short command.
import { fstatSync, writeSync } from 'node:fs';
import { asError, systemErrorCode } from '../../errors.js';

type Written = (error?: Error | null) => void;

/**
 * Where what goes to the file descriptor `fd` is written. For a terminal that is the stream of the process, which `open`
 * gives. For a file or a pipe the stream is opened when its reader turns out to be slower than we are, or somebody asks for
 * more than `write`, `isTTY`, `columns` and `rows`; from then on everything takes it, so that the order stays.
 */
export function directOutput<Stream extends NodeJS.WritableStream>(fd: number, open: () => Stream): Stream {
  if (!isPlain(fd)) return open();
  let opened: Stream | null = null;
  const stream = () => {
    opened ??= open();
    return opened;
  };
  const write = (text: string | Uint8Array, done?: Written): boolean => {
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

/** Writes as much as goes at once. Null: all of it, or its reader has gone; else what is left for a reader that is slow. */
function writeNow(fd: number, text: string | Uint8Array, done: Written | undefined): Uint8Array | null {
  let rest = typeof text === 'string' ? Buffer.from(text) : text;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    done?.();
  } catch (error) {
    if (systemErrorCode(error) === 'EAGAIN') return rest;
    // Without `done` nobody waits for it: a reader that went away ends the output, not the work (CASES B140).
    done?.(asError(error));
  }
  return null;
}

/** True for files, pipes and sockets; false for terminals, and for what was closed before we began. */
function isPlain(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() || stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}
