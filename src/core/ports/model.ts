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
   * The bytes in pieces. Throws `model-changed` when the file is not what it was when it was opened.
   *
   * The buffer contract: a piece stays as it is until the second piece after it is asked for, then its memory may be used
   * again. So a reader may have two pieces under way, the last and the one before; it copies what it keeps longer.
   */
  body(): AsyncIterable<Uint8Array>;
}

/** SHA-256 of a model as it passes. */
export interface ModelHash {
  /** Takes the next piece; after `hex`, nothing more. */
  update(piece: Uint8Array): void;
  /** Resolves when all pieces but the last are hashed, as the buffer contract of `ModelSource.body` wants it. */
  caughtUp(): Promise<void>;
  /** Of all pieces so far, in lower-case hex; null where it was lost. Ends the hash. */
  hex(): Promise<string | null>;
}
