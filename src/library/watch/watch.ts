// A watch as a stream of events.
import type { ListedService } from '../../core/repository/load-repositories.js';
import type { Client } from '../client/client.js';
import { type EventStream, eventStream } from '../client/event-stream.js';
import { type WatchEvent, type WatchOptions, watchAll } from './watch-all.js';

/**
 * Runs `service` on each new revision of the models, and yields what happens. Leaving the loop ends it; runs in hand are ended, too. With
 * `once` the stream ends by itself. A run that fails is the event `result` with an error; the stream goes on. Throws like
 * `watchAll`.
 */
export function watch(
  client: Client,
  service: ListedService,
  options: WatchOptions,
): EventStream<WatchEvent> {
  return eventStream<WatchEvent>({
    signal: options.signal,
    keyOf: (event) => (event.event === 'progress' ? `${event.path} ${event.progress.phase}` : null),
    async work(onEvent, signal) {
      await watchAll(client, service, { ...options, signal }, onEvent);
    },
  });
}
