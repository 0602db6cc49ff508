// The options that all parts of the store share.
import type { Liveness } from '../files/unfinished-files.js';

export interface StoreOptions extends Liveness {
  warn: (line: string) => void;
  /** Removes what killed runs have left in the folders of the store; only the first call in a run does something. */
  cleanUp: () => Promise<void>;
}
