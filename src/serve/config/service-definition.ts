// A service as its operator describes it, in a file or by options.

export interface ServiceDefinition {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly command: readonly string[];
  /** The line of the command in its file, from 1; null when it comes from options. */
  readonly line: number | null;
  /** Ms; null: none. */
  readonly timeoutMs: number | null;
  /** Bytes; null: the provider's own. */
  readonly maxBytes: number | null;
  readonly concurrency: number;
  /** Bytes of each process; null: no limit. */
  readonly memoryBytes: number | null;
  /** Seconds of processor time of each process; null: no limit. */
  readonly cpuSeconds: number | null;
  /** Most bytes that a run may write; null: DISK_BYTES. */
  readonly diskBytes: number | null;
  /** Names of variables. */
  readonly env: readonly string[];
  readonly result: { readonly type: string; readonly contentType: string; readonly fileName: string };
}

/** A run may write this much where its operator does not say otherwise: 4 GiB. */
export const DISK_BYTES = 4 * 1024 ** 3;
/** A run may take this long where its operator does not say otherwise: an hour. */
export const TIMEOUT_MS = 3_600_000;
