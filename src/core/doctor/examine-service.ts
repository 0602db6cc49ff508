// Looks at one service: its addresses, the registration, the token and the websocket. Sends no model.
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import { type ServiceState, TOKEN_SOURCES } from '../authorization/service-state.js';
import { type ChannelPorts, openChannel } from '../invocation/open-channel.js';
import { plannedChannel } from '../invocation/plan-request.js';
import type { AccessToken } from '../ports/credentials.js';
import type { OpenListener } from '../ports/login.js';
import type { ListedService } from '../repository/load-repositories.js';
import { Examination, type Finding, type Findings } from './finding.js';

export interface ServicePorts extends ChannelPorts {
  openListener: OpenListener;
}

/** `state`: what `status` shows of the service. `unreached`: the origins that have a fault already. */
export async function* examineService(
  service: ListedService,
  state: ServiceState,
  unreached: ReadonlySet<string>,
  ports: ServicePorts,
  signal: AbortSignal,
): Findings {
  yield addressFinding(service);
  if (state.status === 'open') return yield new Examination('token', service.id).ok('no token needed');
  yield registrationFinding(service, state);
  const { registration } = state;
  if (registration !== null)
    yield await redirectFinding(service, { ...state, redirectUri: registration.redirectUri }, ports, signal);
  yield tokenFinding(service, state);
  const { token } = state;
  if (token === null || state.status !== 'authorized') return;
  const { origin } = new URL(token.resourceUrl ?? service.resourceUrl);
  if (unreached.has(origin))
    yield new Examination('token', service.id).notChecked(
      'whether the service accepts it: it was not reached',
    );
  else yield* websocketFindings(service, token, ports, signal);
}

/** A list can name an address that only its own server reaches (PROTOCOL 1.1). */
function addressFinding(service: ListedService): Finding {
  const addresses = new Examination('addresses', service.id);
  const { repository, resourceUrl, oauth, rebase } = service;
  const hosts = [resourceUrl, ...(oauth === null ? [] : Object.values(oauth))].map(
    (url) => new URL(url).host,
  );
  const others = [...new Set(hosts)];
  const list = URL.canParse(repository) ? new URL(repository) : null;
  const isElsewhere = list !== null && list.host !== '' && !others.includes(list.host);
  if (isElsewhere && rebase === undefined && dialectOf(service).mayNameWrongSite)
    return addresses.warning(
      `the list comes from ${list.host} and names ${others.join(', ')}: its site address may be wrong`,
      `Try it for one command: --base-url ${list.origin}`,
    );
  return addresses.ok(others.join(', '));
}

function registrationFinding(service: ListedService, { registration, tokenSource }: ServiceState): Finding {
  const found = new Examination('registration', service.id);
  if (registration !== null)
    return registration.doubtful
      ? found.warning(
          'the last login with it got no callback: the server may have forgotten it',
          `bimservice register ${service.id} --force`,
        )
      : found.ok(`client ${registration.clientId}`);
  if (tokenSource !== null) return found.notChecked('none is stored; the token is used without one');
  return found.fault(
    'not-registered',
    'this installation is not registered',
    `bimservice authorize ${service.id}`,
  );
}

/** The port must be free at the next login; until then it is no fault that it is in use. */
async function redirectFinding(
  { id }: ListedService,
  { redirectUri, needsConsent }: { redirectUri: string; needsConsent: boolean },
  { openListener }: ServicePorts,
  signal: AbortSignal,
): Promise<Finding> {
  const redirect = new Examination('redirect', id);
  const address = URL.canParse(redirectUri) ? new URL(redirectUri) : null;
  const port = Number(address?.port ?? 0);
  if (address === null || port === 0) return redirect.notChecked('the redirect address has no port');
  // At its own path: the page of a login that has just ended gives the port up for the next one.
  const opened = await redirect.try(signal, () =>
    openListener({ port, path: address.pathname, service: id, onStray: () => {} }),
  );
  if ('finding' in opened) {
    const { text, next } = opened.finding;
    return needsConsent ? opened.finding : redirect.warning(`${text} now: the next login needs it`, next);
  }
  await opened.value[Symbol.asyncDispose]();
  return redirect.ok(`port ${port} is free`);
}

function tokenFinding(
  service: ListedService,
  { status, detail, tokenSource, needsConsent, next }: ServiceState,
): Finding {
  const found = new Examination('token', service.id);
  if (tokenSource === null) return found.fault('not-authorized', 'no token is stored', next);
  const text = [`from ${TOKEN_SOURCES[tokenSource]}`, detail].filter(Boolean).join(', ');
  if (needsConsent) return found.fault('token-expired', text, next);
  return status === 'expired' ? found.warning(text, null) : found.ok(text);
}

/** The websocket of a BIMserver connects only with a token that it accepts, so it shows both without a run. */
async function* websocketFindings(
  service: ListedService,
  token: AccessToken,
  ports: ServicePorts,
  signal: AbortSignal,
): Findings {
  const dialect = dialectOf(service, token);
  const resourceUrl = token.resourceUrl ?? service.resourceUrl;
  const url = dialect.streamAddress(resourceUrl);
  if (url === null)
    return yield new Examination('token', service.id).notChecked(
      'only a run shows whether the service accepts it',
    );
  const websocket = new Examination('websocket', service.id);
  const opened = await websocket.try(signal, (limited) =>
    openChannel(
      service,
      plannedChannel(dialect, { url, resourceUrl, token: token.accessToken }, true),
      ports,
      limited,
    ),
  );
  if ('value' in opened) {
    await opened.value?.[Symbol.asyncDispose]();
    return yield websocket.ok('connected, and the server accepts the token');
  }
  const { finding } = opened;
  yield finding.code === 'token-refused'
    ? finding
    : websocket.warning(finding.text, 'Runs work without live progress: --flow sync');
}
