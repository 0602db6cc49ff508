// The differences between the kinds of server that speak the protocol. A new kind is one more object of this type.

import type { Secret } from '../../secret.js';
import type { PostRequest, WholeResponse } from '../oauth/response-text.js';

export interface Dialect {
  readonly name: string;
  /** All services of a server share one resource address; the token selects the service. */
  readonly sharesAddress: boolean;
  /**
   * True when a token response can be believed about the life of its token. Otherwise only the server knows when a token ends, and a
   * refresh token works nowhere (PROTOCOL 1.4).
   */
  readonly trustsExpiry: boolean;
  /** True when the list may have a site address that only the server itself can reach (PROTOCOL 1.1). */
  readonly mayNameWrongSite: boolean;
  /**
   * True when a registration with a known redirect address returns the client of that address, so that it shows what the server
   * knows (PROTOCOL 1.2).
   */
  readonly confirmsClients: boolean;
  /** Why a consent never comes back, and what to do; null where nothing is known about that. */
  readonly silentConsent: string | null;
  /** An address that the server sent, as it has to be requested (PROTOCOL 1.12). */
  tidyAddress(address: string): string;
  /** True when a run without a websocket requests its result in the response (`Accept-Flow: SYNC`, PROTOCOL 1.5). */
  readonly asksForSync: boolean;
  /** True when an empty success without `Output-Type` and `Context-Id` means that the token was refused (PROTOCOL 1.6, 1.12). */
  readonly emptyMeansRefused: boolean;
  /** A 403 with a web page is about the token (PROTOCOL 1.6). */
  readonly refusesWithPages: boolean;
  /**
   * The schema under which the server takes a model of `schema`: most often that one. `listed`: the inputs of the service
   * (PROTOCOL 1.12).
   */
  takenAs(listed: readonly string[], schema: string): string;
  /** `Input-Type` for a schema: the spelling in the service's own list, or the canonical name. */
  inputType(listed: readonly string[], schema: string): string;
  /** The websocket of the server at `resourceUrl`; null when the dialect has none (PROTOCOL 1.7). */
  streamAddress(resourceUrl: string): string | null;
  /** A small request that shows whether the server knows `token`, and `refusalIn` of its response; null when it has none (PROTOCOL 1.12). */
  readonly tokenQuestion: ((resourceUrl: string, token: Secret) => PostRequest) | null;
  refusalIn(response: WholeResponse): string | null;
  /** A login with a user's name and password; null when the dialect has none. */
  readonly userLogin: UserLogin | null;
  /**
   * Advice about an error that the service reported, or null for an unknown text. `reason` has the form that `reasonText`
   * returns, `CODE: MESSAGE`.
   */
  meaningOf(reason: string, sentContextId: boolean): string | null;
}

/** The addresses of a login without a browser (PROTOCOL 1.8). */
export interface UserLogin {
  apiAddress(resourceUrl: string): string;
  /** The address to post models to for one of the user's configurations of a service. */
  runAddress(resourceUrl: string, configuration: string): string;
}
