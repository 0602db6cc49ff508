// The error class of the program, and the published table of exit codes.

/** What went wrong, as a closed set of codes with their exit codes. `--json` shows the code as `error.code`. */
export const EXIT_CODES = {
  internal: 1,
  usage: 2,
  'input-needed': 2,
  'model-empty': 2,
  'service-not-found': 3,
  'service-ambiguous': 3,
  'repository-unreadable': 3,
  'repository-invalid': 3,
  'unsafe-address': 3,
  'not-registered': 4,
  'not-authorized': 4,
  'access-denied': 4,
  'consent-timeout': 4,
  'token-expired': 4,
  'token-refused': 4,
  unreachable: 5,
  'tls-failed': 5,
  'proxy-failed': 5,
  'service-refused': 6,
  'service-failed': 6,
  'service-nonsense': 6,
  'unexpected-redirect': 6,
  'model-unreadable': 7,
  'model-changed': 7,
  'not-a-model': 7,
  'result-exists': 7,
  'result-not-writable': 7,
  'result-unreadable': 7,
  'store-not-writable': 7,
  'store-damaged': 7,
  'port-busy': 7,
  'folder-missing': 7,
  'result-missing': 8,
  'result-incomplete': 8,
  'result-unexpected': 8,
  'outcome-unknown': 9,
  accepted: 9,
  gate: 10,
  interrupted: 130,
  terminated: 143,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof EXIT_CODES;

const OUTCOMES = ['not-sent', 'refused', 'unknown', 'done'] as const;

/** What happened to a model: not sent, refused by the service, unknown, or processed. */
export type Outcome = (typeof OUTCOMES)[number];

export function isOutcome(value: unknown): value is Outcome {
  return OUTCOMES.some((outcome) => outcome === value);
}

/** The step that failed. */
export type Phase =
  | 'list'
  | 'register'
  | 'authorize'
  | 'token'
  | 'preflight'
  | 'connect'
  | 'upload'
  | 'wait'
  | 'download'
  | 'save';

export interface ErrorDetails {
  /** What the person can type or do next. */
  hint?: string;
  /** Id of the service concerned. */
  service?: string;
  phase?: Phase;
  outcome?: Outcome;
  /** How long the service asks to wait before the next request, in seconds (`Retry-After`). */
  retryAfterSeconds?: number;
  /** Path of the file that holds what arrived of a response that was not accepted. */
  keptAs?: string;
  cause?: unknown;
}

/**
 * Every failure that a person may see. `message` is one line that says what failed and where. It never contains a
 * secret, and foreign text in it has passed `cleanText`. The cause is shown only with `--verbose`.
 */
export class BimServiceError extends Error {
  readonly code: ErrorCode;
  hint?: string;
  service?: string;
  phase?: Phase;
  outcome?: Outcome;
  retryAfterSeconds?: number;
  keptAs?: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BimServiceError';
    this.code = code;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.service !== undefined) this.service = details.service;
    if (details.phase !== undefined) this.phase = details.phase;
    if (details.outcome !== undefined) this.outcome = details.outcome;
    if (details.retryAfterSeconds !== undefined) this.retryAfterSeconds = details.retryAfterSeconds;
    if (details.keptAs !== undefined) this.keptAs = details.keptAs;
  }

  /** The exit status of the process for this error. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** The `code` of a Node system error (`ENOENT`, `ECONNRESET` …), or undefined. A BimServiceError has a code of another kind. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  if (error instanceof BimServiceError) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A thrown value as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
