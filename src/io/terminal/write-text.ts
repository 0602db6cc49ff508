// Writes to a stream at the pace of its reader.

const ENDS_OF_WAIT = ['drain', 'error', 'close'] as const;

/** Waits while the reader is slow. A reader that went away is not an error (CASES B140): the text is then lost. */
export async function writeText(stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  // A stream that has ended sends no event, so there is nothing to wait for.
  if (stream.write(text) || !stream.writable) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ENDS_OF_WAIT) stream.removeListener(event, done);
      resolve();
    };
    for (const event of ENDS_OF_WAIT) stream.once(event, done);
  });
}
