// Where a result goes, and what its bytes are.
import type { Recognized } from '../../protocol/content/result-type.js';

/** Where a result goes: a part beside its final name, a pipe, or stdout. */
export interface ResultTarget extends AsyncDisposable {
  write(chunk: Uint8Array): Promise<void>;
  /** What the bytes written so far are; null where they have gone through and cannot be read again. */
  inspect(): Promise<Inspection | null>;
  /** Gives the result its name. `fallbackName` is used where the person named no file. */
  commit(fallbackName: string): Promise<SavedResult>;
  /** Keeps a rejected body as `NAME.rejected`; null where it went through a pipe. */
  keepRejected(name: string): Promise<SavedResult | null>;
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
