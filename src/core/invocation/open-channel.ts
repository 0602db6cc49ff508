// Opens the websocket of a run, and waits for other runs with the same token (PROTOCOL 1.7).
import { BimServiceError } from '../../errors.js';
import type { PostRequest } from '../../protocol/oauth/response-text.js';
import { hostOf } from '../../protocol/repository/addresses.js';
import type { Service } from '../../protocol/repository/service.js';
import { howToAuthorize } from '../authorization/stored-token.js';
import type { CredentialStore } from '../ports/credentials.js';
import type { HttpClient, RunChannel } from '../ports/http.js';
import type { PlannedChannel } from './plan-request.js';
import { isKnownSilent, rememberSilence, type SilencePorts } from './silent-stream.js';

/** How long a run waits for another one before it reports that, in ms. */
const QUIET_MS = 1000;

export interface ChannelPorts extends SilencePorts {
  http: Pick<HttpClient, 'openRunChannel' | 'request'>;
  store: Pick<CredentialStore, 'lockRuns' | 'readSilence' | 'writeSilence'>;
  /** Called when the websocket took its time, and did not respond. */
  onSilence?: () => void;
}

/**
 * The channel of one run. No other run with this token has one at the same time. Null when the plan has none, and when it
 * is not required and could not be opened, or was silent before. Throws `token-refused`, and `unreachable` when it is required.
 */
export async function openChannel(
  service: Service,
  planned: PlannedChannel | null,
  ports: ChannelPorts,
  signal: AbortSignal,
): Promise<RunChannel | null> {
  if (planned === null) return null;
  const { url, required } = planned;
  if (!required && (await isKnownSilent(url, ports))) {
    ports.reporter.info(
      `${service.id}: no live progress, because the websocket of ${hostOf(url)} was silent the last time (to try it again: --flow async)`,
    );
    return null;
  }
  const place = await waitForOthers(service, ports, signal);
  const begun = ports.clock.monotonic();
  try {
    const channel = await opened(service, planned, ports, signal);
    await rememberSilence(url, false, ports);
    return {
      next: (stop) => channel.next(stop),
      async [Symbol.asyncDispose]() {
        try {
          await channel[Symbol.asyncDispose]();
        } finally {
          await place[Symbol.asyncDispose]();
        }
      },
    };
  } catch (error) {
    await place[Symbol.asyncDispose]();
    if (!(error instanceof BimServiceError) || signal.aborted) throw error;
    if (error.code === 'token-refused') {
      throw new BimServiceError('token-refused', error.message, {
        outcome: 'not-sent',
        phase: 'connect',
        hint: `Authorize again: ${howToAuthorize(service)}`,
      });
    }
    if (ports.clock.monotonic() - begun >= QUIET_MS) ports.onSilence?.();
    if (required) throw error;
    ports.reporter.info(`${service.id}: no live progress, ${error.message}; continuing without it`);
    return null;
  }
}

/**
 * The websocket is silent for a token that the server does not know (PROTOCOL 1.12), so its JSON API is asked at the same time. Its
 * refusal ends the wait. An API that does not respond within a second decides nothing.
 */
async function opened(
  service: Service,
  { url, token, question, refusalIn }: PlannedChannel,
  { http, reporter }: ChannelPorts,
  signal: AbortSignal,
): Promise<RunChannel> {
  reporter.debug(`websocket ${url}`);
  const refusal = new AbortController();
  const decided = new AbortController();
  let isOpen = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      if (!isOpen) reporter.info(`${service.id}: waiting for the websocket of ${hostOf(url)}`);
      resolve();
    }, QUIET_MS);
  });
  const ask = async (request: PostRequest) => {
    const response = await http.request(request, AbortSignal.any([signal, decided.signal]));
    const why = refusalIn(response);
    if (why !== null) refusal.abort(new BimServiceError('token-refused', `${hostOf(url)} ${why}`));
  };
  const asked =
    question === null
      ? null
      : ask(question).catch((error: unknown) =>
          reporter.debug(`the token was not checked: ${String(error)}`),
        );
  try {
    const channel = await http.openRunChannel({ url, token }, AbortSignal.any([signal, refusal.signal]));
    isOpen = true;
    await Promise.race([asked, patience]);
    if (!refusal.signal.aborted) return channel;
    await channel[Symbol.asyncDispose]();
    throw refusal.signal.reason;
  } finally {
    clearTimeout(timer);
    decided.abort();
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
