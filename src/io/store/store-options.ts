// What every part of the store is handed.
import type { Liveness } from '../files/unfinished-files.js';

export interface StoreOptions extends Liveness {
  warn: (line: string) => void;
  /** Removes what killed runs have left in the folders of the store; does it once a run, however often it is called. */
  cleanUp: () => Promise<void>;
}
