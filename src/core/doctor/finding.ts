// One line of `doctor`: what was looked at, and what is to do about it.
import { deadline } from '../../deadline.js';
import { BimServiceError, type ErrorCode } from '../../errors.js';

/** The longest time of one look, in ms. */
const LOOK_MS = 15_000;

export type Check =
  | 'store'
  | 'repository'
  | 'name'
  | 'proxy'
  | 'connection'
  | 'tls'
  | 'clock'
  | 'addresses'
  | 'registration'
  | 'redirect'
  | 'token'
  | 'websocket';

export interface Finding {
  check: Check;
  /** The host, the service, the repository or the folder. */
  subject: string;
  /** `not-checked`: nothing could be found out, which is no fault. */
  result: 'ok' | 'warning' | 'fault' | 'not-checked';
  text: string;
  /** What a person can do; null when there is nothing to do. */
  next: string | null;
  /** The error that a command would end with; null unless it is a fault. */
  code: ErrorCode | null;
}

export type Findings = AsyncGenerator<Finding, void, undefined>;

/** Makes the findings about one subject. */
export class Examination {
  readonly #check: Check;
  readonly #subject: string;

  constructor(check: Check, subject: string) {
    this.#check = check;
    this.#subject = subject;
  }

  ok(text: string): Finding {
    return this.#finding('ok', text, null, null);
  }

  notChecked(text: string): Finding {
    return this.#finding('not-checked', text, null, null);
  }

  warning(text: string, next: string | null): Finding {
    return this.#finding('warning', text, next, null);
  }

  fault(code: ErrorCode, text: string, next: string | null): Finding {
    return this.#finding('fault', text, next, code);
  }

  /** The value of `look`, or the finding that its BimServiceError is. Ends after 15 s. */
  async try<Value>(
    signal: AbortSignal,
    look: (signal: AbortSignal) => Promise<Value>,
  ): Promise<{ value: Value } | { finding: Finding }> {
    const late = new BimServiceError('unreachable', `no response within ${LOOK_MS / 1000} s`);
    using limit = deadline(signal, LOOK_MS, late);
    try {
      return { value: await look(limit.signal) };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BimServiceError)) throw error;
      return { finding: this.fault(error.code, error.message, error.hint ?? null) };
    }
  }

  #finding(result: Finding['result'], text: string, next: string | null, code: ErrorCode | null): Finding {
    return { check: this.#check, subject: this.#subject, result, text, next, code };
  }
}
