// The clock and the random numbers of a run.

export interface Clock {
  /** Epoch ms. */
  now(): number;
}

export interface Random {
  /** `bytes` random bytes as base64url. */
  token(bytes: number): string;
}
