// The clock, the pauses and the random numbers of a run.

export interface Clock {
  /** Epoch ms, for dates: stored, compared with a server's date, or shown. A person or NTP may change this clock. */
  now(): number;
  /** Ms since some fixed moment, for time spans: deadlines, waits, timings, ages. It never jumps and never goes back. */
  monotonic(): number;
}

/** The pauses of a use-case. */
export interface Timer {
  /** Resolves after `ms`; rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Random {
  /** `bytes` random bytes as base64url. */
  token(bytes: number): string;
}
