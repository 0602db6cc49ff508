// Receive: the body of a response, decoded, at the speed of its reader.
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
 * The body of `message`; can be read once. Throws the signal's reason, and `result-incomplete` when the response is cut or
 * came before the whole model was sent. The connection is closed at the end of the body, or when its reader leaves.
 */
export async function* receiveBody(
  message: IncomingMessage,
  connection: ModelConnection,
  sending: ModelSending,
  { onProgress, onWarning }: Pick<ModelRequest, 'onProgress' | 'onWarning'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const refused = isRefusal(message);
  const total = lengthOf(message);
  let bytes = 0;
  connection.phase = 'download';
  onProgress({ phase: 'download', bytes, total });
  try {
    const name = message.headers['content-encoding'];
    const chunks = decodeBody(message, { name, host: hostOf(connection.url), onWarning });
    for await (const chunk of awaited(chunks, connection)) {
      bytes += chunk.length;
      onProgress({ phase: 'download', bytes, total });
      yield chunk;
    }
    if (!message.complete || connection.broken !== null) throw lost('the response ended early');
    if (!refused) await untilSent(connection, sending);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof BimServiceError) throw error;
    connection.close();
    if (!refused) await untilSent(connection, sending);
    throw responseCut(connection.broken ?? error, connection.url, bytes, total);
  } finally {
    connection[Symbol.dispose]();
  }
}

/** A response that is of no use is read so far, and so long (ms): closing at once could reset it before its end. */
const DISCARDED_BYTES = 64 * 1024;
const DISCARDED_MS = 5000;

/** Reads a body to its end, or closes the connection. Throws the signal's reason; a body that breaks is as good. */
export async function discardBody(
  body: AsyncIterable<Uint8Array>,
  connection: ModelConnection,
  signal: AbortSignal,
): Promise<void> {
  const late = setTimeout(() => connection.close(), DISCARDED_MS);
  try {
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > DISCARDED_BYTES) break;
    }
  } catch {
    signal.throwIfAborted();
  } finally {
    clearTimeout(late);
  }
}

/** `chunks`, with the waits marked: the wait for the next chunk is the network's time, the rest is the reader's time. */
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

/** An early response counts only when the whole model was sent. */
async function untilSent(connection: ModelConnection, sending: ModelSending): Promise<void> {
  // The rest of the model is waited for, with the limit for a stall.
  connection.reading = true;
  await Promise.race([sending.over, connection.closed]);
  connection.reading = false;
  if (!sending.isSent) throw respondedTooEarly(connection.url);
}

export function headersOf({ rawHeaders }: IncomingMessage): HeaderFields {
  return Array.from(
    { length: rawHeaders.length / 2 },
    (_, at) => [rawHeaders[2 * at] ?? '', decodeHeaderText(rawHeaders[2 * at + 1] ?? '')] as const,
  );
}

/** The bytes of the body; null when unknown, or when they count the content coding. */
function lengthOf({ headers }: IncomingMessage): number | null {
  const length = headers['content-length'];
  return length !== undefined && headers['content-encoding'] === undefined ? Number(length) : null;
}
