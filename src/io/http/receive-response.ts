// Receive: the body of a response, decoded, at the pace of whoever reads it.
import type { IncomingMessage } from 'node:http';
import type { ModelRequest } from '../../core/ports/http.js';
import { BimServiceError } from '../../errors.js';
import { decodeHeaderText } from '../../protocol/invocation/content-disposition.js';
import { hostOf } from '../../protocol/repository/addresses.js';
import type { HeaderFields } from '../../protocol/text/headers.js';
import { decodeBody } from './decode-body.js';
import { isRefusal, type ModelConnection } from './model-connection.js';
import { lost, respondedTooEarly, responseCut } from './post-failures.js';
import type { ModelSending } from './send-model.js';

/**
 * The body of `message`, once. Throws the signal's reason and `result-incomplete`: the response was cut, or came and the
 * model never went out whole. The connection is closed when the body ends, or its reader leaves.
 */
export async function* receiveBody(
  message: IncomingMessage,
  connection: ModelConnection,
  sending: ModelSending,
  { onProgress }: Pick<ModelRequest, 'onProgress'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const refused = isRefusal(message);
  const total = lengthOf(message);
  let bytes = 0;
  connection.phase = 'download';
  onProgress({ phase: 'download', bytes, total });
  try {
    const chunks = decodeBody(message, message.headers['content-encoding'], hostOf(connection.url));
    for await (const chunk of awaited(chunks, connection)) {
      bytes += chunk.length;
      onProgress({ phase: 'download', bytes, total });
      yield chunk;
    }
    if (!message.complete || connection.broken !== null) throw lost('the response ended early');
    if (!refused) await untilWentOut(connection, sending);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof BimServiceError) throw error;
    connection.client.destroy();
    if (!refused) await untilWentOut(connection, sending);
    throw responseCut(connection.broken ?? error, connection.url, bytes, total);
  } finally {
    connection[Symbol.dispose]();
  }
}

/** `chunks`; while the next is waited for, that is the network's time, and between two it is the reader's. */
async function* awaited(
  chunks: AsyncIterable<Uint8Array>,
  connection: ModelConnection,
): AsyncGenerator<Uint8Array> {
  const rest = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      connection.reading = true;
      const step = await rest.next();
      connection.reading = false;
      if (step.done === true) return;
      connection.moved();
      yield step.value;
    }
  } finally {
    connection.reading = false;
    await rest.return?.();
  }
}

/** An early response counts only when the model went out to the end. */
async function untilWentOut(connection: ModelConnection, sending: ModelSending): Promise<void> {
  // What is still to go out is waited for; its limit is that of a stall.
  connection.reading = true;
  await Promise.race([sending.over, connection.closed]);
  connection.reading = false;
  if (!sending.wentOut) throw respondedTooEarly(connection.url);
}

export function headersOf({ rawHeaders }: IncomingMessage): HeaderFields {
  return Array.from(
    { length: rawHeaders.length / 2 },
    (_, at) => [rawHeaders[2 * at] ?? '', decodeHeaderText(rawHeaders[2 * at + 1] ?? '')] as const,
  );
}

/** Bytes of the body; null where they are not known, or are those of its coding. */
function lengthOf({ headers }: IncomingMessage): number | null {
  const length = headers['content-length'];
  return length !== undefined && headers['content-encoding'] === undefined ? Number(length) : null;
}
