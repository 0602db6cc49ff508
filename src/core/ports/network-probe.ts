// The network as `doctor` looks at it: one layer at a time.

export interface HostAddress {
  address: string;
  family: 4 | 6;
}

export interface TlsFacts {
  /** Who issued the certificate, and the authority that its chain ends in. */
  issuer: string;
  authority: string;
  /** Its end, in ms since 1970. */
  validTo: number;
  /** Why it is not trusted, and what a person can do; null when it is trusted. */
  distrust: { text: string; hint: string } | null;
}

/** A GET that takes any response and any certificate, to look at both. It carries no secret. */
export interface Visit {
  status: number;
  /** The clock of the server (`Date`), in ms since 1970; null when it is not in the response. */
  serverTime: number | null;
  /** Null for plain http. */
  tls: TlsFacts | null;
}

/** Failures are BimServiceErrors with words and a hint. */
export interface NetworkProbe {
  /** `http://HOST:PORT/` of the proxy for this address; null for a direct connection. */
  proxyFor(url: string): string | null;
  /** The addresses of a host name; an address is its own. */
  addresses(host: string, signal: AbortSignal): Promise<HostAddress[]>;
  connect(address: string, port: number, signal: AbortSignal): Promise<void>;
  visit(url: string, signal: AbortSignal): Promise<Visit>;
}
