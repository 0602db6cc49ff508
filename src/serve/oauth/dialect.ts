// What differs between clients. How a client registered decides it, here and in no other place (PROTOCOL 1.12, 1.13).

export type DialectName = 'standard' | 'original' | 'bimserver' | 'paste' | 'show-code';

export interface Dialect {
  /** How the person's consent gets to the client. */
  readonly consent:
    | 'redirect'
    /** A page with an address that holds the code: the person pastes it into the client. */
    | 'code-page'
    /** A page with an access token and the address of the service: the client never asks for a token. */
    | 'token-page';
  /** RFC 8252 7.3: a program of this machine may listen on another port each time. A server has its port. */
  readonly loopbackPortMayDiffer: boolean;
  /** In the original form a consent may be sent to the registered address with another query: BIMserver adds one. */
  readonly redirectQueryMayDiffer: boolean;
  /** Whether an operator may allow a redirect by http to another machine: only for clients with a secret, in the original form. */
  readonly redirectHostsMayBeAllowed: boolean;
  /** How long a registration lives, ms. */
  readonly registrationMs: number;
  /** How long a token lives where the operator does not say, ms. */
  readonly tokenMs: number;
  /** How long a code lives, ms. */
  readonly codeMs: number;
  /**
   * Whether the token request has to name the redirect address of the consent. `with-pkce`: only where the consent was
   * asked for with PKCE, since BIMserver sends the word `crap`.
   */
  readonly tokenRedirectUri: 'always' | 'with-pkce' | 'never';
  /** Whether a token request may have its parameters in the address and no body. */
  readonly tokenRequestInQuery: boolean;
  /** Whether `websocketUrl` is added to the redirect (PROTOCOL 1.3). */
  readonly websocketInRedirect: boolean;
  /** Interim responses are sent this often during a run, ms; null: never. FreeCAD waits 5 s between two bytes. */
  readonly interimEveryMs: number | null;
  /** Whether what is refused behind the token is a result of the type ERROR: other statuses leak connections of the Java client. */
  readonly refusalsAreResults: boolean;
  /**
   * How a failed run is sent. `result`: as a result of the type ERROR (PROTOCOL 1.6). `status`: as a 500, because BIMserver
   * does not read Output-Type and would store the error as the result.
   */
  readonly failure: 'result' | 'status';
  /** Whether the status line has the words of a refusal: BIMserver reports that line and nothing else. */
  readonly reasonInStatusLine: boolean;
  /** The encoding of text in headers. HttpClient, in BIMserver, reads ISO-8859-1. */
  readonly headerCharset: 'utf-8' | 'latin1';
  /** Whether a file name that is not ASCII also comes as `filename*` (RFC 8187). */
  readonly extendedFileName: boolean;
  /** Put in front of the message of a failed run: FreeCAD knows an error by the word. */
  readonly errorPrefix: string;
}

const HOUR_MS = 3600 * 1000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** RFC 6749 4.1.2 allows ten minutes; a program that listens needs seconds (CASES B160), a person who pastes needs minutes. */
const LISTENING_MS = 60_000;
const PASTING_MS = 10 * 60_000;

const STANDARD: Dialect = {
  consent: 'redirect',
  loopbackPortMayDiffer: true,
  redirectQueryMayDiffer: false,
  redirectHostsMayBeAllowed: false,
  registrationMs: YEAR_MS,
  tokenMs: 8 * HOUR_MS,
  codeMs: LISTENING_MS,
  tokenRedirectUri: 'always',
  tokenRequestInQuery: false,
  websocketInRedirect: false,
  interimEveryMs: null,
  refusalsAreResults: false,
  failure: 'result',
  reasonInStatusLine: false,
  headerCharset: 'utf-8',
  extendedFileName: true,
  errorPrefix: '',
};

const ORIGINAL: Dialect = {
  ...STANDARD,
  redirectQueryMayDiffer: true,
  redirectHostsMayBeAllowed: true,
  tokenRedirectUri: 'with-pkce',
  websocketInRedirect: true,
};

const PASTE: Dialect = {
  ...STANDARD,
  consent: 'code-page',
  codeMs: PASTING_MS,
  tokenRedirectUri: 'never',
  tokenRequestInQuery: true,
  refusalsAreResults: true,
};

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  /** Registered by RFC 7591. */
  standard: STANDARD,
  /** Registered in the original form with an address: this program's client. */
  original: ORIGINAL,
  /**
   * Registered in the original form with one address as client_url and redirect_url: BIMserver. It cannot refresh a token,
   * and registers once for each registerUrl, for ever: what it gets has to last.
   */
  bimserver: {
    ...ORIGINAL,
    loopbackPortMayDiffer: false,
    registrationMs: 10 * YEAR_MS,
    tokenMs: YEAR_MS,
    websocketInRedirect: false,
    failure: 'status',
    reasonInStatusLine: true,
    headerCharset: 'latin1',
    extendedFileName: false,
  },
  /** Registered in the original form without an address, or with a bare word: BimBotJavaClient. */
  paste: PASTE,
  /** Registered with the address `SHOW_CODE`: BIMbots-FreeCAD. */
  'show-code': {
    ...PASTE,
    consent: 'token-page',
    refusalsAreResults: false,
    interimEveryMs: 2000,
    errorPrefix: 'Error: ',
  },
};

export function dialectOf(client: { readonly dialect: DialectName }): Dialect {
  return DIALECTS[client.dialect];
}

export function isDialectName(value: unknown): value is DialectName {
  return typeof value === 'string' && Object.hasOwn(DIALECTS, value);
}

/** The dialect of a client that registered in the original form (PROTOCOL 1.2), from what it sent. */
export function dialectOfOriginalForm(sent: {
  readonly redirectUrl: string;
  readonly clientUrl: unknown;
}): DialectName {
  if (sent.redirectUrl === 'SHOW_CODE') return 'show-code';
  // Neither empty nor a bare word: an address.
  if (/^[\w .?!-]{0,80}$/.test(sent.redirectUrl)) return 'paste';
  return sent.clientUrl === sent.redirectUrl ? 'bimserver' : 'original';
}
