// Opens the websocket of a run, and waits for other runs with the same token (PROTOCOL 1.7).
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { CredentialStore } from '../ports/credentials.js';
import type { HttpClient, RunChannel } from '../ports/http.js';
import type { Reporter } from '../ports/terminal.js';
import type { RequestPlan } from './plan-request.js';

/** How long a run waits for another one before it reports that, in ms. */
const QUIET_MS = 1000;

export interface ChannelPorts {
  http: Pick<HttpClient, 'openRunChannel'>;
  store: Pick<CredentialStore, 'lockRuns'>;
  reporter: Reporter;
}

/**
 * The channel of one run. No other run with this token has one at the same time. Null when the plan has none, and when it
 * could not be opened and is not required. Throws `token-refused`, and `unreachable` when it is required.
 */
export async function openChannel(
  service: Service,
  planned: RequestPlan['channel'],
  ports: ChannelPorts,
  signal: AbortSignal,
): Promise<RunChannel | null> {
  if (planned === null) return null;
  const { url, token, required } = planned;
  const place = await waitForOthers(service, ports, signal);
  try {
    ports.reporter.debug(`websocket ${url}`);
    const channel = await ports.http.openRunChannel({ url, token }, signal);
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
    if (required) throw error;
    ports.reporter.info(`${service.id}: no live progress, ${error.message}; continuing without it`);
    return null;
  }
}

/**
 * Of two websockets with one token the server uses only the last one, so our runs are executed in sequence. When the lock
 * cannot be written, the run continues without it.
 */
async function waitForOthers(
  service: Service,
  { store, reporter }: ChannelPorts,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const report = () => reporter.info(`${service.id}: waiting for another run with the same token`);
  const timer = setTimeout(report, QUIET_MS);
  try {
    return await store.lockRuns(service, signal);
  } catch (error) {
    if (!(error instanceof BimServiceError) || error.code !== 'store-not-writable') throw error;
    reporter.debug(`runs do not wait for each other: ${error.message}`);
    return { async [Symbol.asyncDispose]() {} };
  } finally {
    clearTimeout(timer);
  }
}
