// Writes to a stream at the pace of its reader.
import { systemErrorCode } from '../../errors.js';

const ENDS_OF_WAIT = ['drain', 'error', 'close'] as const;

/** The disk of a file did not take the text. */
const LOST = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);

/**
 * Waits while the reader is slow. A reader that went away is not an error (CASES B140): the text is then lost. Throws the
 * system's error when the text goes to a file and the disk is full.
 */
export async function writeText(stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  let failure: unknown;
  const isTaken = stream.write(text, (error) => {
    failure = error;
  });
  if (!isTaken) {
    // A stream that has ended sends no event, so there is nothing to wait for.
    if (stream.writable) await drained(stream);
    // One that failed during the call (a device such as /dev/full) calls back only later.
    failure ??= Reflect.get(stream, 'errored');
  }
  if (LOST.has(systemErrorCode(failure) ?? '')) throw failure;
}

async function drained(stream: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ENDS_OF_WAIT) stream.removeListener(event, done);
      resolve();
    };
    for (const event of ENDS_OF_WAIT) stream.once(event, done);
  });
}
