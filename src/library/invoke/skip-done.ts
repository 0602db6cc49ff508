// The earlier run of a model, where its receipt and its result are still right.
import { doneBefore } from '../../core/invocation/done-before.js';
import type { ModelRun, PlanPorts, RunInput } from '../../core/invocation/run-model.js';
import { BimServiceError } from '../../errors.js';
import { hashOfSource, receiptReader, unchangedFile } from '../../io/result/earlier-results.js';
import type { ResultPlaces } from '../../io/result/result-place.js';

/** Returns the function that looks for the earlier run of a model; null: it has to be sent. */
export function skipDone(
  places: Pick<ResultPlaces, 'of'>,
  { openModel }: Pick<PlanPorts, 'openModel'>,
): (input: RunInput) => Promise<ModelRun | null> {
  const ports = {
    receiptsFor: receiptReader(places),
    async hashOfModel(path: string) {
      await using model = await openModel(path);
      return await hashOfSource(model);
    },
    unchanged: unchangedFile,
  };
  return async (input) => {
    try {
      const record = await doneBefore(input, ports);
      return record === null ? null : { record, error: null, receipt: null, isPartlySent: false };
    } catch (error) {
      // The run itself meets the same fault, and reports it.
      if (!(error instanceof BimServiceError)) throw error;
      return null;
    }
  };
}
