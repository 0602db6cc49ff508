// What `watch` needs of the world: the files under its folders, and a place for results and its state.
import type { Outcome } from '../../errors.js';

/** One file as a look finds it. */
export interface FileLook {
  /** Absolute. */
  path: string;
  /** Size and time. A file that is being written changes at least one of them. */
  still: string;
  /** Changes with each write that the file system shows, also where a program sets the time back. */
  mark: string;
}

/** One look at all folders. */
export interface Look {
  files: FileLook[];
  /** Folders and named files that cannot be read now, and why: nothing is known of what is in them. */
  away: { path: string; why: string }[];
  /** Copies that a synchronization program made of a conflict; they are no revisions. */
  conflicts: string[];
}

/** What the content of a file is. `mark`: of the file while it was read. */
export type Inspection =
  /** `hash`: SHA-256 of the content without the time stamp of FILE_NAME, in lower-case hex. */
  | { kind: 'ready'; hash: string; mark: string }
  /** Its writer is probably not done; `why` continues a sentence that begins with its name. */
  | { kind: 'unfinished'; why: string; mark: string }
  | { kind: 'unreadable'; why: string }
  /** It changed while it was read, or is gone. */
  | { kind: 'changed' };

export interface ModelFolders {
  look(signal: AbortSignal): Promise<Look>;
  /** Reads the whole file. */
  inspect(path: string, signal: AbortSignal): Promise<Inspection>;
  /** The mark of a file now; null when it is not there. */
  markOf(path: string): Promise<string | null>;
}

/** The folder of the results. Paths are relative to it, with `/`. Everything throws `result-not-writable`. */
export interface ResultFolders {
  /** Replaces the state file completely or not at all. */
  saveState(state: object): Promise<void>;
  /** How a run ended whose result is in `folder`, by its receipt; null when there is none. */
  endIn(folder: string): Promise<Outcome | null>;
  /** Points `latest` of a model to `folder`; false when that folder is gone. */
  pointTo(label: string, folder: string): Promise<boolean>;
  /** Removes what a killed run left in `folder`, and the folder where nothing remains. Never throws. */
  tidy(folder: string): Promise<void>;
}
