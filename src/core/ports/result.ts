// Where a result and its receipt go, and what the bytes of a result are.
import type { Recognized } from '../../protocol/content/result-type.js';

/** Where one result goes: a part beside its final name, a pipe, or stdout. It alone knows what `-o` means. */
export interface ResultTarget extends AsyncDisposable {
  /** True where the person named the one place of the result (`-o FILE`, a pipe, stdout): "no result" is then a failure. */
  readonly resultWanted: boolean;
  write(chunk: Uint8Array): Promise<void>;
  /** What the bytes written so far are; null where they have gone through and cannot be read again. */
  inspect(): Promise<Inspection | null>;
  /** Gives the result its name. `fallbackName` is used where the person named no file. */
  commit(fallbackName: string): Promise<SavedResult>;
  /** Keeps a rejected body as `NAME.rejected`; null where it went through a pipe. */
  keepRejected(name: string): Promise<SavedResult | null>;
  /**
   * Writes the receipt beside the result that was committed, else under `fallbackName` in the folder of the result. Returns
   * its path; null where there is no such folder (stdout, pipes, devices). Throws `result-not-writable`.
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
  /** What makes it unusable, as the rest of a sentence; null when it is whole. */
  defect: string | null;
  warnings: string[];
}

export interface SavedResult {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}
