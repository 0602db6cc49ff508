// What follows an AbortSignal, and lets go of it again.
import { BimServiceError } from './errors.js';

/** Calls `act` once when `signal` aborts, at once where it has; disposing it takes that back. */
export function onAbort(signal: AbortSignal, act: (reason: unknown) => void): Disposable {
  const listener = () => act(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}

/**
 * A signal that aborts with `signal`, with a reason of its own. A reason is an error that gets an outcome later, so two
 * models that share one would overwrite each other's.
 */
export function ownSignal(signal: AbortSignal): Disposable & { signal: AbortSignal } {
  const own = new AbortController();
  const following = onAbort(signal, (reason) =>
    own.abort(reason instanceof BimServiceError ? new BimServiceError(reason.code, reason.message) : reason),
  );
  return { signal: own.signal, [Symbol.dispose]: () => following[Symbol.dispose]() };
}

/**
 * `opening`, or the reason of `signal` as soon as it aborts: some reads cannot be called off (a pipe that no one writes to).
 * What is opened after that is closed at once.
 */
export async function openedUnlessAborted<T extends AsyncDisposable>(
  opening: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let stop: Disposable | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = onAbort(signal, reject);
  });
  try {
    return await Promise.race([opening, aborted]);
  } catch (error) {
    opening.then((late) => late[Symbol.asyncDispose]()).catch(() => {});
    throw error;
  } finally {
    stop?.[Symbol.dispose]();
  }
}
