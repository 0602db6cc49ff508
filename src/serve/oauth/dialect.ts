// What differs between clients. How a client registered decides it, here and in no other place (PROTOCOL 1.12, 1.13).

export type DialectName = 'standard' | 'original' | 'paste' | 'show-code';

export interface Dialect {
  /** How the person's consent gets to the client. */
  readonly consent:
    | 'redirect'
    /** A page with an address that holds the code: the person pastes it into the client. */
    | 'code-page'
    /** A page with an access token and the address of the service: the client never asks for a token. */
    | 'token-page';
  /** BIMserver registers one address and adds a query of its own when it asks for consent. */
  readonly redirectQueryMayDiffer: boolean;
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
  /** Put in front of the message of a failed run: FreeCAD knows an error by the word. */
  readonly errorPrefix: string;
}

/** RFC 6749 4.1.2 allows ten minutes; a program that listens needs seconds (CASES B160), a person who pastes needs minutes. */
const LISTENING_MS = 60_000;
const PASTING_MS = 10 * 60_000;

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  /** Registered by RFC 7591. */
  standard: {
    consent: 'redirect',
    redirectQueryMayDiffer: false,
    codeMs: LISTENING_MS,
    tokenRedirectUri: 'always',
    tokenRequestInQuery: false,
    websocketInRedirect: false,
    interimEveryMs: null,
    refusalsAreResults: false,
    errorPrefix: '',
  },
  /** Registered in the original form with an address: this program's client, BIMserver. */
  original: {
    consent: 'redirect',
    redirectQueryMayDiffer: true,
    codeMs: LISTENING_MS,
    tokenRedirectUri: 'with-pkce',
    tokenRequestInQuery: false,
    websocketInRedirect: true,
    interimEveryMs: null,
    refusalsAreResults: false,
    errorPrefix: '',
  },
  /** Registered in the original form without an address, or with a bare word: BimBotJavaClient. */
  paste: {
    consent: 'code-page',
    redirectQueryMayDiffer: false,
    codeMs: PASTING_MS,
    tokenRedirectUri: 'never',
    tokenRequestInQuery: true,
    websocketInRedirect: false,
    interimEveryMs: null,
    refusalsAreResults: true,
    errorPrefix: '',
  },
  /** Registered with the address `SHOW_CODE`: BIMbots-FreeCAD. */
  'show-code': {
    consent: 'token-page',
    redirectQueryMayDiffer: false,
    codeMs: PASTING_MS,
    tokenRedirectUri: 'never',
    tokenRequestInQuery: true,
    websocketInRedirect: false,
    interimEveryMs: 2000,
    refusalsAreResults: false,
    errorPrefix: 'Error: ',
  },
};

export function dialectOf(client: { readonly dialect: DialectName }): Dialect {
  return DIALECTS[client.dialect];
}

export function isDialectName(value: unknown): value is DialectName {
  return typeof value === 'string' && Object.hasOwn(DIALECTS, value);
}

/**
 * The dialect of a client that registered in the original form with this `redirect_url`; undefined where it is neither
 * empty nor a bare word: then it has to be an address.
 */
export function dialectWithoutAddress(redirectUrl: string): DialectName | undefined {
  if (redirectUrl === 'SHOW_CODE') return 'show-code';
  return /^[\w .?!-]{0,80}$/.test(redirectUrl) ? 'paste' : undefined;
}
