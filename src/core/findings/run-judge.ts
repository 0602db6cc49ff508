// What a run needs of gates and comparison: the result of a model is judged as soon as it is filed.
import type { BimServiceError } from '../../errors.js';
import type { FindingsRecord, RunOrigin } from './findings-record.js';

/** What is found in the result of a run. */
export interface RunFindings {
  record: FindingsRecord;
  /** Why the result does not pass; null when it does. */
  error: BimServiceError | null;
}

/** Judges a result. Never throws. @param path of the result; null where the service sent none */
export type JudgeResult = (path: string | null, origin: RunOrigin) => Promise<RunFindings>;

export interface RunJudge {
  /**
   * Reads the earlier result of a model before the new one can take its place. Throws `result-unreadable`,
   * `result-incomplete`, `result-unexpected` and `usage`.
   * @param modelPath as named; `-` for stdin
   */
  earlier(modelPath: string): Promise<JudgeResult>;
}
