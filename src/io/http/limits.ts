// The time limits of HTTP. The program has one set; tests use a shorter one.

/** Times in ms. */
export interface HttpLimits {
  connectMs: number;
  /**
   * How long a proxy may take to respond to the CONNECT of a small request: longer than the 5 s after which resolvers ask
   * their second server (resolv.conf(5)), shorter than the time of a list, so that the proxy is named.
   */
  tunnelMs: number;
  /** The longest time in which no byte moves, while a model is sent or a response is received. */
  stallMs: number;
  /** The same while a model is sent, when the system does not report what the other side has acknowledged. */
  hiddenStallMs: number;
  /** The longest time of a small exchange. */
  exchangeMs: number;
  /** How long `Expect: 100-continue` waits for the server before the body is sent anyway (RFC 9110 10.1.1). */
  expectMs: number;
  /** How long a websocket may take to assign an endpoint (PROTOCOL 1.7). */
  greetingMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  connectMs: 10_000,
  tunnelMs: 6000,
  stallMs: 60_000,
  hiddenStallMs: 300_000,
  exchangeMs: 60_000,
  expectMs: 1000,
  greetingMs: 10_000,
};
