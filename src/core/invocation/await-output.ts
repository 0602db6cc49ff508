// The second half of an asynchronous run: progress and then the result, over the websocket (PROTOCOL 1.7).
import { deadline } from '../../deadline.js';
import { BimServiceError } from '../../errors.js';
import type { RunProgress } from '../../protocol/invocation/run-channel.js';
import type { HeaderFields } from '../../protocol/text/headers.js';
import type { ModelResponse, RunChannel } from '../ports/http.js';

export interface AwaitOutputInput {
  serviceId: string;
  channel: RunChannel;
  /** `Topic-Id` of the response to the POST; null when it has none. Messages for other topics are ignored. */
  topicId: string | null;
  /** The longest wait in ms; null: no limit. */
  waitMs: number | null;
  onProgress: (progress: RunProgress) => void;
}

/**
 * The result in the form of a response, so that it is saved like any other. Throws `outcome-unknown` when the websocket or
 * the time ends before a result is announced, and `result-incomplete` when it ends after that.
 */
export async function awaitOutput(input: AwaitOutputInput, signal: AbortSignal): Promise<ModelResponse> {
  const { serviceId, channel, topicId, waitMs, onProgress } = input;
  const isOurs = (id: string | null) => id === null || topicId === null || id === topicId;
  using limit = waitMs === null ? null : deadline(signal, waitMs, tooLate(serviceId));
  const stop = limit?.signal ?? signal;
  let announced: { ours: boolean; headers: HeaderFields } | null = null;
  for (;;) {
    const event = await channel.next(stop);
    if (event.kind === 'progress' && isOurs(event.topicId)) onProgress(event.progress);
    else if (event.kind === 'output') announced = { ours: isOurs(event.topicId), headers: event.headers };
    else if (event.kind === 'binary') {
      if (announced?.ours) return responseOf(announced.headers, event.pieces);
      announced = null;
    } else if (event.kind === 'lost') {
      throw announced?.ours ? resultLost(serviceId, event.why) : socketLost(serviceId, event.why);
    }
  }
}

function responseOf(headers: HeaderFields, pieces: Uint8Array[]): ModelResponse {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return {
    status: 200,
    headers: [...headers, ['Content-Length', String(bytes)]],
    body: oneByOne(pieces),
    discard: async () => {},
  };
}

/** Yields the pieces and releases each one after it is written. Reversed first: `pop` moves no other piece, `shift` all of them. */
async function* oneByOne(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  pieces.reverse();
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) yield piece;
}

const CHECK_FIRST = 'The job may have run: look at the service before you send the model again.';

function socketLost(serviceId: string, why: string): BimServiceError {
  return new BimServiceError(
    'outcome-unknown',
    `${serviceId}: the websocket was lost while the service was working (${why})`,
    { outcome: 'unknown', phase: 'wait', hint: `${CHECK_FIRST} Without a websocket: --flow sync` },
  );
}

function resultLost(serviceId: string, why: string): BimServiceError {
  return new BimServiceError(
    'result-incomplete',
    `${serviceId} is done, but the websocket was lost before its result arrived (${why})`,
    {
      outcome: 'done',
      phase: 'download',
      hint: 'Nothing was saved. To send it again without a websocket: --flow sync',
    },
  );
}

function tooLate(serviceId: string): BimServiceError {
  return new BimServiceError('outcome-unknown', `${serviceId}: no result before the deadline of --wait`, {
    outcome: 'unknown',
    phase: 'wait',
    hint: CHECK_FIRST,
  });
}
