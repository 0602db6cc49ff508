// `status [SERVICE]`: what is registered and authorized, until when, and from which source.

import type { Context } from '../context.js';
import { type ServiceState, TOKEN_SOURCES } from '../core/authorization/service-state.js';
import { howToAuthorize } from '../core/authorization/stored-token.js';
import { type UnlistedTokens, unlistedTokens } from '../core/authorization/unlisted-tokens.js';
import { tokenKey } from '../core/credentials/credential-records.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { counted, isoTime, spanText } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { loadServices, servicesGiven } from '../library/services/load-services.js';
import { openStates, type ServiceWithState } from '../library/services/states.js';
import { type Column, tableLines } from '../output/table.js';
import { expiry } from './shared/expiry.js';
import { completeHint, nextStep } from './shared/next-step.js';
import { resolveService } from './shared/resolve-service.js';

interface StatusFlags {
  all?: boolean;
  failIfExpiresIn?: number;
}

export async function statusCommand(
  context: Context,
  [query]: string[],
  { all = false, failIfExpiresIn: span }: StatusFlags,
): Promise<void> {
  const isNamed = query !== undefined;
  const listed = isNamed ? [await resolveService(context, query)] : await knownServices(context);
  const store = await openStates(context.ports);
  const { typed, others } = isNamed
    ? NO_OTHERS
    : await unlistedTokens(store.records ?? context.records, listed);
  const found = await store.of([...listed, ...typed]);
  const states = found.toSorted((one, other) => rank(one.state) - rank(other.state));
  const shown = isNamed || all ? states : states.filter(({ state }) => rank(state) < NOTHING);
  const failure =
    span === undefined ? null : (missingFailure(states, isNamed) ?? endingFailure(context, states, span));
  if (failure !== null) completeHint(failure, context);
  if (context.json)
    await context.printJson({ services: shown.map(({ service, state }) => entry(service, state)) }, failure);
  else if (shown.length > 0) await printTable(context, shown);
  for (const line of restOf(shown.length, states.length, others))
    context.reporter.info(nextStep(context, line));
  if (failure !== null) throw failure;
}

const NO_OTHERS: UnlistedTokens = { typed: [], others: 0 };

/** What the table does not show. */
function restOf(shown: number, all: number, others: number): string[] {
  const see = 'bimservice status --all';
  const hidden = all - shown;
  const rest = hidden === 0 ? [] : [`${counted(hidden, 'other service')} without credentials: ${see}`];
  const services = all === 1 ? 'the service' : `all ${all} services`;
  const none = all === 0 ? 'Nothing is stored.' : `Nothing is stored. To see ${services}: ${see}`;
  return [
    ...(shown === 0 ? [none] : rest),
    ...(others > 0 ? [`${counted(others, 'token')} of services that no list in use has.`] : []),
  ];
}

/** The services of the lists, and of exported credentials. Where these are all there is, no public list is read. */
async function knownServices(context: Context): Promise<ListedService[]> {
  const { services: given } = await servicesGiven(context.ports);
  if (given.length > 0 && context.ports.repositories.isDefault()) return given;
  const { services } = await loadServices(context.ports).catch(async (error: unknown) => {
    context.runtime.signal.throwIfAborted();
    // A service that is used by its address needs no list.
    if (
      !context.ports.repositories.isDefault() ||
      (await unlistedTokens(context.records, [])).typed.length === 0
    )
      throw error;
    return { services: [] };
  });
  if (given.length === 0) return services;
  const listed = new Set(services.map(tokenKey));
  return [...services, ...given.filter((service) => !listed.has(tokenKey(service)))];
}

/** What is stored is shown first: tokens, then registrations; otherwise the order of the lists. */
function rank({ tokenSource, registration }: ServiceState): number {
  if (tokenSource !== null) return 0;
  return registration === null ? NOTHING : 1;
}

/** The rank of a service for which nothing is stored. */
const NOTHING = 2;

function entry(
  { id, oauth }: ListedService,
  { status, registration, token, tokenSource, isRefreshed }: ServiceState,
): object {
  return {
    id,
    status,
    registration:
      registration === null || oauth === null
        ? null
        : {
            clientId: registration.clientId,
            clientName: registration.clientName,
            redirectUri: registration.redirectUri,
            ...expiry(registration.expiresAt),
          },
    token:
      tokenSource === null
        ? null
        : {
            source: tokenSource,
            ...expiry(tokenSource === 'environment' ? null : (token?.expiresAt ?? null)),
            isRefreshed: tokenSource !== 'environment' && isRefreshed,
            refused: isoTime(tokenSource === 'environment' ? null : (token?.refusedAt ?? null)),
          },
  };
}

async function printTable(context: Context, states: ServiceWithState[]): Promise<void> {
  const rows = states.map(({ service, state }) => [
    service.id,
    state.status,
    state.tokenSource === null ? '-' : TOKEN_SOURCES[state.tokenSource],
    state.detail || '-',
    nextStep(context, state.next),
  ]);
  await context.printPage(await tableLines(COLUMNS, rows, context.width));
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', kind: 'copy' },
  { title: 'STATUS', kind: 'copy' },
  { title: 'TOKEN FROM', kind: 'text', drop: 1 },
  { title: 'ENDS', kind: 'text', drop: 2 },
  { title: 'NEXT', kind: 'copy' },
];

/** A service that is named needs a token; of all services in the lists one is enough, because most are never used. */
function missingFailure(states: ServiceWithState[], isNamed: boolean): BimServiceError | null {
  const needing = states.filter(({ state }) => state.status !== 'open');
  const missing = needing.filter(({ state }) => state.tokenSource === null);
  const [first] = missing;
  if (first === undefined || (!isNamed && missing.length < needing.length)) return null;
  const { id } = first.service;
  if (!isNamed) {
    return new BimServiceError('not-authorized', 'no service is authorized', {
      hint: 'bimservice authorize SERVICE, or name the services: bimservice status SERVICE --fail-if-expires-in …',
    });
  }
  return new BimServiceError('not-authorized', `${id} is not authorized`, {
    service: id,
    hint: howToAuthorize(first.service),
  });
}

/** Only where a person is needed: a token with a refresh token is refreshed when it is used, and a refused one has ended. */
function endingFailure(context: Context, states: ServiceWithState[], span: number): BimServiceError | null {
  const limit = context.runtime.clock.now() + span;
  const ending = states.filter(
    ({ state: { token, tokenSource, needsConsent } }) =>
      tokenSource !== 'environment' &&
      token !== null &&
      (needsConsent || (token.expiresAt !== null && token.expiresAt <= limit)),
  );
  const [over, refreshed] = [false, true].map((is) => ending.filter(({ state }) => state.isRefreshed === is));
  const names = (of: ServiceWithState[] = []) => of.map(({ service }) => service.id).join(', ');
  if (refreshed?.length)
    context.reporter.info(
      `These tokens end within ${spanText(span)} and are refreshed at their next use: ${names(refreshed)}`,
    );
  const [first] = over ?? [];
  if (first === undefined) return null;
  return new BimServiceError(
    'token-expired',
    `these tokens end within ${spanText(span)} or are refused: ${names(over)}`,
    {
      hint: `Consent again: ${howToAuthorize(first.service)}`,
    },
  );
}
