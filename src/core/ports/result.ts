// The target of a result and its receipt, and what the bytes of a result are.
import type { Recognized } from '../../protocol/content/result-type.js';

/** The target of one result: a part beside its final name, a pipe, or stdout. Only the target knows what `-o` means. */
export interface ResultTarget extends AsyncDisposable {
  /** True when the person named one target for the result (`-o FILE`, a pipe, stdout): "no result" is then a failure. */
  readonly resultWanted: boolean;
  write(chunk: Uint8Array): Promise<void>;
  /** What the bytes written so far are; null when they went through a pipe and cannot be read again. */
  inspect(): Promise<Inspection | null>;
  /** Gives the result its final name. `fallbackName` is used when the person named no file. */
  commit(fallbackName: string): Promise<SavedResult>;
  /** Keeps a rejected body as `NAME.rejected`; null when it went through a pipe. */
  keepRejected(name: string): Promise<SavedResult | null>;
  /**
   * Writes the receipt beside the saved result; without a result, under `fallbackName` in the folder of the result.
   * Returns its path; null when there is no such folder (stdout, pipes, devices). Throws `result-not-writable`.
   */
  saveReceipt(receipt: object, fallbackName: string): Promise<string | null>;
}

/** The model whose result is to be filed. */
export interface NamedModel {
  /** As the person named it; `-` for stdin. */
  path: string;
  /** What it is called in the names of results: different for each model of a command. */
  label: string;
}

/** What the bytes of a result are. */
export interface Inspection extends Recognized {
  /** Why it is unusable, as the rest of a sentence; null when it is complete. */
  defect: string | null;
  warnings: string[];
}

export interface SavedResult {
  path: string;
  bytes: number;
  /** In lower-case hex. */
  sha256: string;
}
