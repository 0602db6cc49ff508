// Does a run in this process: finds its service and gives it the model.

import { createReadStream, type ReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type RunContext, type ServedService, ServiceError } from '../service/served-service.js';
import type { ReceivedModel } from './received-model.js';
import type { Perform } from './run-queue.js';

/** `services` are those of the moment; `now` is epoch ms. */
export function performer(services: () => ReadonlyMap<string, ServedService>, now: () => number): Perform {
  return async (run, signal) => {
    const service = services().get(run.serviceId);
    if (service === undefined) throw new ServiceError(500, 'This service was taken out of the provider');
    const model = new LazyModel(run.model);
    const { inputType, id: runId, folder, progress } = run;
    const context: RunContext = {
      signal,
      inputType,
      runId,
      progress,
      now,
      get modelPath() {
        return run.model.file();
      },
      get folder() {
        return folder.path;
      },
    };
    try {
      return await service.run(model, context);
    } finally {
      model.close();
    }
  };
}

/** Opened only when it is read: a command reads the file itself. */
class LazyModel implements AsyncIterable<Uint8Array> {
  #stream: ReadStream | undefined;

  constructor(private readonly model: ReceivedModel) {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const { content } = this.model;
    if (content !== null) return Readable.from([content])[Symbol.asyncIterator]();
    this.#stream ??= createReadStream(this.model.file());
    return this.#stream[Symbol.asyncIterator]();
  }

  close(): void {
    this.#stream?.destroy();
  }
}
