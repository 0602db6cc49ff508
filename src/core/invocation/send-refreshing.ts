// The service, and not our clock, decides whether a token is valid: a refused token is refreshed, and the model is sent again if nothing ran.
import { BimServiceError } from '../../errors.js';
import { environmentTokenRefused } from '../authorization/environment-token.js';
import { isRefreshable, refreshAccessToken } from '../authorization/fresh-token.js';
import type { TokenPorts } from '../authorization/obtain-token.js';
import { rememberRefusal } from '../authorization/refused-token.js';
import type { AccessToken } from '../ports/credentials.js';
import { type AccessInput, accessByStored } from './access.js';
import { type PlannedRequest, planBody, planRequest, type RequestOptions } from './plan-request.js';
import type { Invocation } from './send-model.js';

/** One attempt to send. `refreshesFirst`: a 401 is returned at once, because the token can be refreshed. */
export interface Attempt {
  prepared: PlannedRequest;
  refreshesFirst: boolean;
}

export interface SendRefreshingInput extends AccessInput {
  prepared: PlannedRequest;
  options: RequestOptions;
  send(attempt: Attempt): Promise<Invocation>;
}

/** Sends the model, and again with a refreshed token when the first one was refused. `url`: the address of the last attempt. */
export async function sendRefreshing(
  input: SendRefreshingInput,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<{ invocation: Invocation; url: string }> {
  const { service, prepared, options } = input;
  const { source, url, model } = prepared;
  const stored = source === null || source === 'environment' || !isRefreshable(source) ? null : source;
  const invocation = await input.send({ prepared, refreshesFirst: stored !== null });
  const { error, outcome } = invocation;
  if (error === null && source !== null && source !== 'environment' && source.refusedAt !== undefined)
    await rememberRefusal(service, source, false, ports, signal);
  if (error?.code !== 'token-refused' || signal.aborted) return { invocation, url };
  if (source === 'environment')
    return { invocation: { ...invocation, error: environmentTokenRefused(service.id, error) }, url };
  if (source === null || !isAboutToken(invocation)) return { invocation, url };
  const token = stored === null ? null : await refreshed(input, stored, ports, signal);
  if (token === null) {
    await rememberRefusal(service, source, true, ports, signal);
    return { invocation, url };
  }
  const nothingRan = outcome === 'refused' || outcome === 'not-sent';
  if (!nothingRan || !model.repeatable)
    return { invocation: { ...invocation, error: withHint(error, nothingRan) }, url };
  ports.reporter.info(`${service.id} refused the token; sending again with a refreshed one.`);
  const again = planBody(planRequest(service, accessByStored(input, token, ports), options), prepared);
  return { invocation: await input.send({ prepared: again, refreshesFirst: false }), url: again.url };
}

/** A 403 is about the account, and so is a missing scope (RFC 6750 3.1). Without a status the websocket refused it. */
function isAboutToken({ status, lacksScope }: Invocation): boolean {
  return !lacksScope && status !== 403;
}

/** Null when it cannot be refreshed: the refusal is then final. */
async function refreshed(
  { service }: AccessInput,
  token: AccessToken,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<AccessToken | null> {
  try {
    return await refreshAccessToken(service, token, ports, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    ports.reporter.warn(`the refused token could not be refreshed: ${error.message}`);
    return null;
  }
}

/** The same failure; the next run has a new token. */
function withHint(error: BimServiceError, nothingRan: boolean): BimServiceError {
  const { message, service, phase, outcome } = error;
  return new BimServiceError('token-refused', message, {
    hint: nothingRan
      ? 'The token is refreshed now: run the command again. This model could be read only once.'
      : 'The token is refreshed now. The job may have run: look at the service before you run the command again.',
    cause: error,
    ...(service === undefined ? {} : { service }),
    ...(phase === undefined ? {} : { phase }),
    ...(outcome === undefined ? {} : { outcome }),
  });
}
