// The differences between clients. They depend only on how a client registered (PROTOCOL 1.12, 1.13).

export type DialectName = 'standard' | 'original' | 'paste' | 'show-code';

export interface Dialect {
  /** How the person's consent is passed to the client. */
  readonly consent:
    | 'redirect'
    /** A page with an address that contains the code: the person pastes it into the client. */
    | 'code-page'
    /** A page with an access token and the address of the service: the client never requests a token. */
    | 'token-page';
  /** BIMserver registers one address and adds its own query when it requests consent. */
  readonly redirectQueryMayDiffer: boolean;
  /** The lifetime of a code, in ms. */
  readonly codeMs: number;
  /**
   * When the token request must contain the redirect address of the consent. `with-pkce`: only if the consent was requested
   * with PKCE, because BIMserver sends the word `crap`.
   */
  readonly tokenRedirectUri: 'always' | 'with-pkce' | 'never';
  /** True when a token request may have its parameters in the address and no body. */
  readonly tokenRequestInQuery: boolean;
  /** True when `websocketUrl` is added to the redirect (PROTOCOL 1.3). */
  readonly websocketInRedirect: boolean;
  /** The interval of interim responses during a run, in ms; null: none. FreeCAD waits at most 5 s between two bytes. */
  readonly interimEveryMs: number | null;
  /** A prefix for the message of a failed run: FreeCAD recognizes an error by this word. */
  readonly errorPrefix: string;
}

/** RFC 6749 4.1.2 allows ten minutes. A listening program needs seconds (CASES B160), a person who pastes needs minutes. */
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
 * The dialect of a client that registered in the original form with this `redirect_url`; undefined when it is neither empty
 * nor a plain word, because then it must be an address.
 */
export function dialectWithoutAddress(redirectUrl: string): DialectName | undefined {
  if (redirectUrl === 'SHOW_CODE') return 'show-code';
  return /^[\w .?!-]{0,80}$/.test(redirectUrl) ? 'paste' : undefined;
}
