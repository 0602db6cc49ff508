// Whether a run takes the websocket, and the websocket itself (PROTOCOL 1.7).
import { BimServiceError } from '../../errors.js';
import type { RunChannel } from '../ports/http.js';
import type { InvokeInput, InvokePorts } from './invoke-input.js';

/** How long a run waits for another in silence, ms. */
const QUIET_MS = 1000;

/**
 * A channel for one run, and our place in the row of runs with this token; null for a synchronous run. Throws
 * `token-refused`; under `--flow async` also `usage` and `unreachable` where there is no websocket.
 */
export async function openChannel(
  { service, prepared, flow }: InvokeInput,
  ports: InvokePorts,
  signal: AbortSignal,
): Promise<RunChannel | null> {
  const { streamUrl, token } = prepared;
  if (flow === 'sync') return null;
  if (streamUrl === null || token === null) {
    if (flow === 'auto') return null;
    throw new BimServiceError('usage', `${service.id} has no websocket that is known`, {
      outcome: 'not-sent',
      phase: 'preflight',
      hint: 'Leave --flow out: the result then comes in the answer.',
    });
  }
  const place = await inARow(service, ports, signal);
  try {
    ports.reporter.debug(`websocket ${streamUrl}`);
    const channel = await ports.http.openRunChannel({ url: streamUrl, token }, signal);
    return {
      next: (stop) => channel.next(stop),
      async [Symbol.asyncDispose]() {
        await channel[Symbol.asyncDispose]();
        await place[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await place[Symbol.asyncDispose]();
    if (!(error instanceof BimServiceError) || signal.aborted) throw error;
    if (error.code === 'token-refused') {
      throw new BimServiceError('token-refused', error.message, {
        outcome: 'not-sent',
        phase: 'connect',
        hint: `Authorize again: bimservice authorize ${service.id}`,
      });
    }
    if (flow === 'async') throw error;
    ports.reporter.info(`${service.id}: no live progress, ${error.message}; going on without`);
    return null;
  }
}

/**
 * Of two websockets with one token the server hears only the last, so our runs go one after the other. A folder that
 * cannot be written is no reason not to run.
 */
async function inARow(
  service: InvokeInput['service'],
  { store, reporter }: InvokePorts,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const tell = () => reporter.info(`${service.id}: waiting for another run with the same token`);
  const timer = setTimeout(tell, QUIET_MS);
  try {
    return await store.lockRuns(service, signal);
  } catch (error) {
    if (!(error instanceof BimServiceError) || error.code !== 'store-not-writable') throw error;
    reporter.debug(`runs are not put in a row: ${error.message}`);
    return { async [Symbol.asyncDispose]() {} };
  } finally {
    clearTimeout(timer);
  }
}
