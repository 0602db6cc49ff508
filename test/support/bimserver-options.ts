// What can be wrong with the BIMserver-like server, and the numbers it uses.

/** Each entry is one deviation; without any the server works as a healthy BIMserver does. */
export interface BimServerOptions {
  /** Name of the bot service in the list. */
  name?: string;
  /** The configured site address where it is wrong (proxy, Docker): all addresses it tells begin with it. */
  siteAddress?: string;
  /** A server without bot plug-ins. */
  emptyList?: boolean;
  /** Registration: a database error is logged and the answer is an empty 200 (CASES B041). */
  registerEmpty?: boolean;
  /** Registration: `expires_in` in ms; negative where an old registration is handed out again (CASES B032). */
  expiresInMs?: number;
  /** What the person does in bimviews; a refusal never comes back. */
  consent?: 'allow' | 'refuse';
  /** bimviews delivers `state` twice. */
  stateTwice?: boolean;
  /** The code that comes back is one that the token endpoint does not know: an empty 200. */
  unknownCode?: boolean;
  /** Token: `resource_url` is empty or left out. */
  resourceUrl?: 'empty' | 'absent';
  /** Run: the bot fails. */
  botError?: { code: number; message: string };
  /** Run: content type of an ERROR answer; Jetty sends none, Tomcat text/html. */
  container?: 'jetty' | 'tomcat';
  /** Run: tokens have expired: an empty 200. */
  tokensExpired?: boolean;
  /** Run: the server keeps runs in projects, so it answers a Context-Id and fails when it gets one. */
  storesRuns?: boolean;
  /** Run: how long the bot works, in ms. */
  workMs?: number;
  /** Run: what is wrong with the websocket, or odd about it. */
  stream?: StreamFault;
  /** Run: percent (-1: unknown) and label of what is told over the websocket. */
  progress?: ReadonlyArray<readonly [percent: number, label: string]>;
  /** Run: the answer of an asynchronous run names no topic. */
  noTopicId?: boolean;
  /** Run: what is wanted of a client that sends the token; `token-field` knows no `Authorization`. */
  wants?: 'token-field';
  /** JSON API: names of the user's configurations of the service; one by default. */
  configurations?: readonly string[];
  /** Run: answer fields that differ; null leaves one out. Values are latin1 text, so raw bytes can be given. */
  answer?: Partial<
    Record<'Output-Type' | 'Data-Title' | 'Content-Type' | 'Content-Disposition', string | null>
  >;
  /** Run: the result; a BCF 2.0 archive with one topic by default. */
  result?: Uint8Array;
}

/**
 * `absent`: 404 at /stream. `silent-upgrade`, `silent`: never an answer. `unmapped`: the endpoint is lost at once, so runs are
 * synchronous. `early-output`: the result comes before the answer to the POST. `noisy`: other texts are on the stream.
 * `unasked`: a result of another run comes first. The rest cut the connection around the two messages of a result.
 */
export type StreamFault =
  | 'absent'
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

/** The plug-in's id in the list: not the number to post to. */
export const PLUGIN_ID = 1_234_567;
/** The oid of the user's own configuration of the service, known after authorization only. */
export const SOID = '917538';
