// Callbacks that are not for this login: the first is reported at once, the others with their number at the end.
import { strayKind } from '../../protocol/oauth/authorization.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { Reporter } from '../ports/terminal.js';

export class StrayCallbacks implements Disposable {
  readonly #reporter: Reporter;
  #count = 0;
  #isDenialReported = false;
  #isTlsReported = false;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  add(reason: 'wrong-state' | 'tls', parameters: URLSearchParams): void {
    if (reason === 'tls') {
      this.#addTls();
      return;
    }
    this.#count += 1;
    const kind = strayKind(parameters);
    if (kind === 'denied-without-state' && !this.#isDenialReported) {
      this.#isDenialReported = true;
      const error = cleanText(parameters.get('error') ?? '', 60);
      this.#reporter.warn(
        `a denial (${error}) came without the state of this login; anyone can send that, so it does not count. Ctrl-C ends the login.`,
      );
    } else if (this.#count === 1) {
      const why =
        kind === 'repeated' ? 'it repeats a parameter' : 'another tab, perhaps an older one, or a forged one';
      this.#reporter.warn(`a response came that is not for this login (${why}); still waiting`);
    }
  }

  #addTls(): void {
    if (this.#isTlsReported) return;
    this.#isTlsReported = true;
    this.#reporter.warn(
      'the browser used https for the address on this machine, which is http: change https:// to http:// in its address bar, or turn off "HTTPS only" for it',
    );
  }

  /** Reports how many there were, where it was more than one. */
  [Symbol.dispose](): void {
    if (this.#count > 1)
      this.#reporter.warn(`${this.#count} responses that are not for this login were ignored`);
  }
}
