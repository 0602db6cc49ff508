// The target of a result and its receipt, and what the bytes of a result are.
import type { Recognized } from '../../protocol/content/result-type.js';

/** The target of one result: a part beside its final name, a pipe, or stdout. Only the target knows what `-o` means. */
export interface ResultTarget extends AsyncDisposable {
  /** True when the person named one target for the result (`-o FILE`, a pipe, stdout): "no result" is then a failure. */
  readonly resultWanted: boolean;
  /** True for a pipe and for stdout: what is written cannot be looked at or taken back. */
  readonly passesThrough: boolean;
  write(chunk: Uint8Array): Promise<void>;
  /** What the bytes written so far are. Of a target that passes them through, `whole` is looked at instead. */
  inspect(whole: Uint8Array): Promise<Inspection>;
  /**
   * Gives the result its name. `fallbackName` is used where the person named no file. `only`: the bytes outside this range
   * are left out; a target that passes bytes through has passed them.
   */
  commit(fallbackName: string, only: ByteRange | null): Promise<SavedResult>;
  /**
   * Keeps what arrived as `NAME.rejected`; null where it went through a pipe. `waiting`: the bytes that such a target has
   * not been given.
   */
  keepRejected(name: string, waiting: Uint8Array | null): Promise<SavedResult | null>;
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

/** Byte positions; `end` is the one after the last byte. */
export interface ByteRange {
  start: number;
  end: number;
}

/** What the bytes of a result are. */
export interface Inspection extends Recognized {
  /** Why it is unusable, as the rest of a sentence; null when it is complete. */
  defect: string | null;
  /** Where the archive is, when other bytes are before or after it; null otherwise. */
  archive: ByteRange | null;
  warnings: string[];
}

export interface SavedResult {
  path: string;
  bytes: number;
  /** In lower-case hex. */
  sha256: string;
}

/** A receipt on the disk, as it was read. */
export interface FoundReceipt {
  /** The absolute path of its folder. */
  folder: string;
  /** Its name. */
  name: string;
  fields: Record<string, unknown>;
}
