// What differs between the kinds of server that speak the protocol. A new kind is one more object of this type.

export interface Dialect {
  readonly name: string;
  /** All services of a server have one resource address; the token says which of them runs. */
  readonly sharesAddress: boolean;
  /** The lifetime in a token response is true. Where it is not, only the server knows when a token ends. */
  readonly trustsExpiry: boolean;
  /** The list may name a site address that only the server itself can reach (PROTOCOL 1.1). */
  readonly mayNameWrongSite: boolean;
  /** A run without a websocket asks for its result in the response (`Accept-Flow: SYNC`, PROTOCOL 1.5). */
  readonly asksForSync: boolean;
  /** An empty success without `Output-Type` means that the token was refused (PROTOCOL 1.6). */
  readonly emptyMeansRefused: boolean;
  /** `Input-Type` for a schema: the spelling in the service's own list, or the canonical name. */
  inputType(listed: readonly string[], schema: string): string;
  /** The websocket of the server at `resourceUrl`; null where the dialect has none (PROTOCOL 1.7). */
  streamAddress(resourceUrl: string): string | null;
  /** A login with a user's name and password; null where the dialect has none. */
  readonly userLogin: UserLogin | null;
  /**
   * What a person can do about an error that the service reported, or null where the text is not known.
   * `reason` is as `reasonText` gives it, `CODE: MESSAGE`.
   */
  meaningOf(reason: string, sentContextId: boolean): string | null;
}

/** The addresses of a login without a browser (PROTOCOL 1.8). */
export interface UserLogin {
  apiAddress(resourceUrl: string): string;
  /** Where models go for one of the user's configurations of a service. */
  runAddress(resourceUrl: string, configuration: string): string;
}
