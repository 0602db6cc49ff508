// A model that is ready to be sent, and its hash.
import type { DetectedModel, RefusedModel } from '../../protocol/content/model-type.js';

/** A model that is ready to be sent. */
export interface ModelSource extends AsyncDisposable {
  readonly path: string;
  /** The exact number of bytes that will be sent; null for a stream. */
  readonly length: number | null;
  readonly detected: DetectedModel | RefusedModel;
  /** True for a file: its body can be read again. A stream can be read only once. */
  readonly repeatable: boolean;
  /**
   * The bytes in pieces. Throws `model-changed` when the file has changed since it was opened.
   *
   * The buffer contract: a piece is valid until the second piece after it is requested; then its memory may be reused. So a
   * reader may use two pieces at a time, the last and the one before. It must copy what it keeps longer.
   */
  body(): AsyncIterable<Uint8Array>;
  /** The archive that the model is a member of; absent for any other model. */
  readonly archive?: ModelArchive;
}

export interface ModelArchive {
  /** The name of the model in it: foreign text. */
  member: string;
  bytes: number;
  /** Reads all of it: the SHA-256 in lower-case hex. Throws `model-unreadable`. */
  sha256(): Promise<string>;
}

/** The SHA-256 of a model while it is sent. */
export interface ModelHash {
  /** Adds the next piece. Must not be called after `hex`. */
  update(piece: Uint8Array): void;
  /** Resolves when all pieces but the last are hashed, as the buffer contract of `ModelSource.body` requires. */
  caughtUp(): Promise<void>;
  /** The hash of all pieces in lower-case hex; null when it is missing. Ends the hash. */
  hex(): Promise<string | null>;
}
