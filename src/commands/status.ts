// `status [SERVICE]`: what is registered and authorized, until when, and from which source.

import type { Context } from '../context.js';
import { type ServiceState, serviceState } from '../core/authorization/service-state.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { spanText } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { type Column, tableLines } from '../output/table.js';
import { nextStep } from './shared/next-step.js';
import { loadServices, resolveService } from './shared/resolve-service.js';

export async function statusCommand(
  context: Context,
  [query]: string[],
  flags: { failIfExpiresIn?: number },
): Promise<void> {
  const services =
    query === undefined ? (await loadServices(context)).services : [await resolveService(context, query)];
  const found = await Promise.all(
    services.map(async (service) => ({ service, state: await serviceState(service, context) })),
  );
  const states = found.toSorted((one, other) => rank(one.state) - rank(other.state));
  if (context.json)
    await context.printJson({ services: states.map(({ service, state }) => entry(service, state)) });
  else await printTable(context, states);
  const { failIfExpiresIn: span } = flags;
  if (span === undefined) return;
  // A service that is named has to be usable; of all services in a list, most are never used.
  if (query !== undefined) failWithoutConsent(states);
  failWhereEnding(states, context.runtime.clock.now() + span, span);
}

/** What is stored is shown first: tokens, then registrations; otherwise the order of the lists. */
function rank({ token, registration }: ServiceState): number {
  if (token !== null) return 0;
  return registration === null ? 2 : 1;
}

function entry(
  { id, oauth }: ListedService,
  { status, registration, token, tokenSource }: ServiceState,
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
            expiresAt: registration.expiresAt,
          },
    token:
      tokenSource === null
        ? null
        : {
            source: tokenSource,
            expiresAt: tokenSource === 'environment' ? null : (token?.expiresAt ?? null),
          },
  };
}

async function printTable(
  context: Context,
  states: { service: ListedService; state: ServiceState }[],
): Promise<void> {
  const rows = states.map(({ service, state }) => [
    service.id,
    state.status,
    state.tokenSource === null ? '-' : SOURCES[state.tokenSource],
    state.detail || '-',
    nextStep(context, state.next),
  ]);
  await context.printPage(await tableLines(COLUMNS, rows, context.width));
}

/** What a person calls the place that a token is from. */
const SOURCES: Readonly<Record<NonNullable<ServiceState['tokenSource']>, string>> = {
  environment: 'BIMSERVICE_TOKEN',
  bundle: 'BIMSERVICE_CREDENTIALS',
  files: 'files',
  keyring: 'keyring',
};

const COLUMNS: readonly Column[] = [
  { title: 'ID', kind: 'copy' },
  { title: 'STATUS', kind: 'copy', drop: 3 },
  { title: 'TOKEN FROM', kind: 'text', drop: 1 },
  { title: 'ENDS', kind: 'text', drop: 2 },
  { title: 'NEXT', kind: 'copy' },
];

function failWithoutConsent(states: { service: ListedService; state: ServiceState }[]): void {
  const [missing] = states.filter(
    ({ state: { needsConsent, tokenSource } }) => needsConsent && tokenSource === null,
  );
  if (missing === undefined) return;
  const { id } = missing.service;
  throw new BimServiceError('not-authorized', `${id} is not authorized`, {
    service: id,
    hint: `bimservice authorize ${id}`,
  });
}

/** Only where a person is needed: a token with a refresh token is refreshed when it is used. */
function failWhereEnding(
  states: { service: ListedService; state: ServiceState }[],
  limit: number,
  span: number,
): void {
  const ending = states.filter(
    ({ state: { token, tokenSource } }) =>
      tokenSource !== 'environment' &&
      token !== null &&
      token.refreshToken === null &&
      token.expiresAt !== null &&
      token.expiresAt <= limit,
  );
  const [first] = ending;
  if (first === undefined) return;
  const names = ending.map(({ service }) => service.id).join(', ');
  throw new BimServiceError('token-expired', `these tokens end within ${spanText(span)}: ${names}`, {
    hint: `Consent again: bimservice authorize ${first.service.id}`,
  });
}
