// How long things may take. One set for the program; tests bring a shorter one.

/** Times in ms. */
export interface HttpLimits {
  connectMs: number;
  /** Longest wait without a byte moving, while a model goes out or a response comes in. */
  stallMs: number;
  /** The same while a model goes out, where the system does not say what the other side has acknowledged. */
  hiddenStallMs: number;
  /** Longest small exchange as a whole. */
  exchangeMs: number;
  /** How long `Expect: 100-continue` waits for the server before the body goes out anyway (RFC 9110 10.1.1). */
  expectMs: number;
  /** How long a websocket may take to give us an endpoint (PROTOCOL 1.7). */
  greetingMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  connectMs: 10_000,
  stallMs: 60_000,
  hiddenStallMs: 300_000,
  exchangeMs: 60_000,
  expectMs: 1000,
  greetingMs: 10_000,
};
