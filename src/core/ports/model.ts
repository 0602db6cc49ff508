// A model that is ready to be sent, and its hash.
import type { DetectedModel, RefusedModel } from '../../protocol/content/model-type.js';

/** A model that is ready to be sent. */
export interface ModelSource extends AsyncDisposable {
  readonly path: string;
  /** Exact bytes that will be sent; null for a stream. */
  readonly length: number | null;
  readonly detected: DetectedModel | RefusedModel;
  /** True for a file: its body can be read again. A stream's is gone with the first reading. */
  readonly repeatable: boolean;
  /**
   * Throws `model-changed` when the file is not what it was when it was opened. A piece is whole until the second after it
   * is asked for; whoever keeps it longer has to copy it.
   */
  body(): AsyncIterable<Uint8Array>;
}

/** SHA-256 of a model as it passes. */
export interface ModelHash {
  /** Takes the next piece; after `hex`, nothing more. */
  update(piece: Uint8Array): void;
  /** Resolves when all pieces but the last are hashed: until then they have to stay as they are. */
  caughtUp(): Promise<void>;
  /** Of all pieces so far, in lower-case hex; null where it was lost. Ends the hash. */
  hex(): Promise<string | null>;
}
