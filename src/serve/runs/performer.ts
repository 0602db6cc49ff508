// Does a run in this process: finds its service and gives it the model.

import { createReadStream } from 'node:fs';
import { type ServedService, ServiceError } from '../service/served-service.js';
import type { Perform } from './run-queue.js';

/** `services` are those of the moment; `now` is epoch ms. */
export function performer(services: () => ReadonlyMap<string, ServedService>, now: () => number): Perform {
  return async (run, signal) => {
    const service = services().get(run.serviceId);
    if (service === undefined) throw new ServiceError(500, 'This service was taken out of the provider');
    const { inputType, id: runId, modelPath, folder, progress } = run;
    const model = createReadStream(modelPath);
    try {
      return await service.run(model, { signal, inputType, runId, modelPath, folder, progress, now });
    } finally {
      model.destroy();
    }
  };
}
