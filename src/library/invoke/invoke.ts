// Step 4 as a stream of events: sends one model, or several.
import type { ListedService } from '../../core/repository/load-repositories.js';
import type { BimServiceError } from '../../errors.js';
import type { Client } from '../client/client.js';
import { type EventStream, eventStream } from '../client/event-stream.js';
import { invokeAll } from './invoke-all.js';
import type { InvokeEvent, InvokeOptions, InvokeResult, Model } from './options.js';

/**
 * Sends a model, or several, and yields what happens. The last event of a model is `result` or `failure`. One model that fails: the
 * stream throws its error. Several: the stream goes on, and throws nothing for a failure. Leaving the loop ends what runs.
 */
export function invoke(
  client: Client,
  service: ListedService,
  models: Model | readonly Model[],
  options: InvokeOptions = {},
): EventStream<InvokeEvent> {
  const all = isMany(models) ? models : [models];
  return eventStream<InvokeEvent>({
    signal: options.signal,
    keyOf: (event) => (event.event === 'progress' ? `${event.label} ${event.phase}` : null),
    async work(onEvent, signal) {
      const { worst } = await invokeAll(client, service, all, { ...options, signal }, onEvent);
      if (!isMany(models) && worst !== null) throw worst;
    },
  });
}

/** The result of a stream with one model. Throws its error. */
export async function resultOf(events: AsyncIterable<InvokeEvent>): Promise<InvokeResult> {
  let failure: BimServiceError | null = null;
  let result: InvokeResult | null = null;
  for await (const event of events) {
    if (event.event === 'failure') failure ??= event.error;
    if (event.event === 'result') result ??= event;
  }
  if (failure !== null) throw failure;
  if (result === null) throw new TypeError('the stream has no result');
  return result;
}

function isMany(models: Model | readonly Model[]): models is readonly Model[] {
  return Array.isArray(models);
}
