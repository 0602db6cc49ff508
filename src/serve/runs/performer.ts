// Does a run in this process: finds its service and gives it the model.

import { createReadStream, type ReadStream } from 'node:fs';
import { type ServedService, ServiceError } from '../service/served-service.js';
import type { Perform } from './run-queue.js';

/** `services` are those of the moment; `now` is epoch ms. */
export function performer(services: () => ReadonlyMap<string, ServedService>, now: () => number): Perform {
  return async (run, signal) => {
    const service = services().get(run.serviceId);
    if (service === undefined) throw new ServiceError(500, 'This service was taken out of the provider');
    const { inputType, id: runId, modelPath, folder, progress } = run;
    const model = new LazyModel(modelPath);
    try {
      return await service.run(model, { signal, inputType, runId, modelPath, folder, progress, now });
    } finally {
      model.close();
    }
  };
}

/** Opened only when it is read: a command reads the file itself. */
class LazyModel implements AsyncIterable<Uint8Array> {
  #stream: ReadStream | undefined;

  constructor(private readonly path: string) {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.#stream ??= createReadStream(this.path);
    return this.#stream[Symbol.asyncIterator]();
  }

  close(): void {
    this.#stream?.destroy();
  }
}
