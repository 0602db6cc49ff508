// The client: what all functions of the library share, made by `createClient`. It shows nothing of its inside.
import { onAbort } from '../../abort.js';
import { BimServiceError } from '../../errors.js';
import type { Ports } from './ports.js';

/** Lists, credentials and connections for the functions of this package. `createClient` makes one. */
export class Client {
  readonly #ports: Ports;

  private constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @internal */
  static over(ports: Ports): Client {
    return new Client(ports);
  }

  /**
   * The ports for one call, which `signal` ends. Dispose it when the call is done.
   * @internal
   */
  static call(client: Client, signal: AbortSignal | undefined): Ports & Disposable {
    const base = client.#ports;
    const stop = signal === undefined ? null : interruption(signal, base.signal);
    return Object.create(base, {
      ...(stop === null ? {} : { signal: { value: stop.signal } }),
      [Symbol.dispose]: { value: () => stop?.[Symbol.dispose]() },
    });
  }
}

/** Follows both signals. Its reason is always an error with a code: callers abort with any value. */
function interruption(signal: AbortSignal, own: AbortSignal): Disposable & { signal: AbortSignal } {
  const stop = new AbortController();
  const abort = (cause: unknown) =>
    stop.abort(
      cause instanceof BimServiceError
        ? cause
        : new BimServiceError('interrupted', 'the caller ended it', { cause }),
    );
  const following = [onAbort(signal, abort), onAbort(own, abort)];
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      for (const each of following) each[Symbol.dispose]();
    },
  };
}
