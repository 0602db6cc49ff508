// Text to a file or a pipe without a stream: to open the process's own takes as long as much of a short command.
import { fstatSync, writeSync } from 'node:fs';

type Written = (error?: Error | null) => void;

/**
 * Where what goes to the file descriptor `fd` is written. For a terminal that is the stream of the process, which `open`
 * gives. For a file or a pipe the stream is opened when its reader turns out to be slower than we are, or somebody asks for
 * more than `write`, `isTTY` and `columns`; from then on everything takes it, so that the order stays.
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
      if (name === 'isTTY' || name === 'columns') return undefined;
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
    if (isBusy(error)) return rest;
    // Without `done` nobody waits for it: a reader that went away ends the output, not the work (CASES B140).
    done?.(error instanceof Error ? error : new Error(String(error)));
  }
  return null;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
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
