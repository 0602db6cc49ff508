// The possible faults of the BIMserver-like server, and the numbers that it uses.

/** Each option is one deviation. Without options the server works like a healthy BIMserver. */
export interface BimServerOptions {
  /** The name of the bot service in the list. */
  name?: string;
  /** How many services are in the list; the others have the name with a number. */
  services?: number;
  /** What the service lists as its outputs. */
  outputs?: readonly string[];
  /** What the service lists as its inputs. */
  inputs?: readonly string[];
  /** The configured site address when it is wrong (proxy, Docker). All addresses that the server sends begin with it. */
  siteAddress?: string;
  /** A server without bot plug-ins. */
  emptyList?: boolean;
  /** Registration: a database error is logged, and the response is an empty 200 (CASES B041). */
  registerEmpty?: boolean;
  /** Registration: `expires_in` in ms; negative for an old registration that is issued again (CASES B032). */
  expiresInMs?: number;
  /** What the person does in bimviews; after a refusal no callback comes. */
  consent?: 'allow' | 'refuse';
  /** bimviews delivers `state` twice. */
  stateTwice?: boolean;
  /** The returned code is unknown to the token endpoint, which responds with an empty 200. */
  unknownCode?: boolean;
  /** Token: `resource_url` is empty or left out. */
  resourceUrl?: 'empty' | 'absent';
  /** Run: the bot fails. */
  botError?: { code: number; message: string };
  /** Run: the content type of an ERROR response; Jetty sends none, Tomcat sends text/html. */
  container?: 'jetty' | 'tomcat';
  /** Run: the tokens have expired; the response is an empty 200. */
  tokensExpired?: boolean;
  /** Run: the server stores runs in projects, so it returns a Context-Id, and fails when it receives one. */
  storesRuns?: boolean;
  /** Run: how long the bot works, in ms. */
  workMs?: number;
  /** Run: a fault or a peculiarity of the websocket. */
  stream?: StreamFault;
  /** Run: percent (-1: unknown) and label of the progress messages on the websocket. */
  progress?: ReadonlyArray<readonly [percent: number, label: string]>;
  /** Run: the response of an asynchronous run has no Topic-Id. */
  noTopicId?: boolean;
  /** Run: how the client must send the token; `token-field` ignores `Authorization`. */
  wants?: 'token-field';
  /** Run and JSON API: the user has deleted the configuration; the token is good, and the run is an empty 200. */
  configurationGone?: boolean;
  /** JSON API: a proxy has no /json, or it never responds. */
  noApi?: boolean;
  apiSilent?: boolean;
  /** JSON API: the names of the user's configurations of the service; one by default. */
  configurations?: readonly string[];
  /** Run: response headers that differ; null removes one. Values are latin1 text, so that any bytes can be given. */
  headers?: Partial<
    Record<'Output-Type' | 'Data-Title' | 'Content-Type' | 'Content-Disposition', string | null>
  >;
  /** Run: the result; a BCF 2.0 archive with one topic by default. */
  result?: Uint8Array;
}

/**
 * `absent`: 404 at /stream. `error`: an invalid token is an error message. `silent-upgrade`, `silent`: no response ever. `unmapped`: the endpoint is lost at once, so
 * runs are synchronous. `early-output`: the result comes before the response to the POST. `noisy`: other texts are on
 * the stream. `unasked`: the result of another run comes first. The others cut the connection before, between or inside
 * the two messages of a result.
 */
export type StreamFault =
  | 'absent'
  | 'error'
  | 'silent-upgrade'
  | 'silent'
  | 'unmapped'
  | 'early-output'
  | 'noisy'
  | 'unasked'
  | 'lost-before'
  | 'closed-before'
  | 'lost-between'
  | 'lost-inside';

export interface BimClient {
  clientId: string;
  clientSecret: string;
  redirectUrl: string;
  issuedAt: number;
}

/** The plug-in's id in the list. It is not the id in the address of a run. */
export const PLUGIN_ID = 1_234_567;
/** The oid of the user's own configuration of the service, which is known only after the authorization. */
export const SOID = '917538';
