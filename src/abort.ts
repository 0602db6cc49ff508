// Functions that follow an AbortSignal, and remove their listeners again.
import { BimServiceError } from './errors.js';

/** Calls `act` once when `signal` aborts, or at once when it has aborted. Disposing it removes the listener. */
export function onAbort(signal: AbortSignal, act: (reason: unknown) => void): Disposable {
  const listener = () => act(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}

/**
 * A signal that aborts with `signal`, but with its own reason. The reason is an error that gets an outcome later, so two
 * models with the same reason would overwrite each other's outcome.
 */
export function ownSignal(signal: AbortSignal): Disposable & { signal: AbortSignal } {
  const own = new AbortController();
  const following = onAbort(signal, (reason) =>
    own.abort(reason instanceof BimServiceError ? new BimServiceError(reason.code, reason.message) : reason),
  );
  return { signal: own.signal, [Symbol.dispose]: () => following[Symbol.dispose]() };
}

/** `promise`, or the signal's reason; nothing is left listening on a signal that outlives many waits. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let following: Disposable | undefined;
  const aborted = new Promise<never>((_, reject) => {
    following = onAbort(signal, reject);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    following?.[Symbol.dispose]();
  }
}

/**
 * `opening`, or the reason of `signal` when it aborts first: some reads cannot be canceled (a pipe without a writer).
 * Anything that is opened after the abort is closed at once.
 */
export async function openedUnlessAborted<T extends AsyncDisposable>(
  opening: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await orAborted(opening, signal);
  } catch (error) {
    opening.then((late) => late[Symbol.asyncDispose]()).catch(() => {});
    throw error;
  }
}
