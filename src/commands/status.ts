// `status [SERVICE]`: what is registered and authorized, until when, and from which source.

import type { Context } from '../context.js';
import { type ServiceState, serviceState } from '../core/authorization/service-state.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { spanText } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { type Column, tableLines } from '../output/table.js';
import { loadServices, resolveService } from './shared/resolve-service.js';

export async function statusCommand(
  context: Context,
  [query]: string[],
  flags: { failIfExpiresIn?: number },
): Promise<void> {
  const services =
    query === undefined ? (await loadServices(context)).services : [await resolveService(context, query)];
  const states = await Promise.all(
    services.map(async (service) => ({ service, state: await serviceState(service, context) })),
  );
  if (context.json)
    await context.printJson({ services: states.map(({ service, state }) => entry(service, state)) });
  else await printTable(context, states);
  if (flags.failIfExpiresIn !== undefined)
    failWhereEnding(states, context.runtime.clock.now() + flags.failIfExpiresIn, flags.failIfExpiresIn);
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
    state.tokenSource ?? '-',
    state.detail || '-',
    state.next,
  ]);
  await context.printPage(await tableLines(COLUMNS, rows, context.width));
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', kind: 'copy' },
  { title: 'STATUS', kind: 'copy', drop: 3 },
  { title: 'TOKEN FROM', kind: 'text', drop: 1 },
  { title: 'ENDS', kind: 'text', drop: 2 },
  { title: 'NEXT', kind: 'copy' },
];

function failWhereEnding(
  states: { service: ListedService; state: ServiceState }[],
  limit: number,
  span: number,
): void {
  const ending = states.filter(
    ({ state: { token, tokenSource } }) =>
      tokenSource !== 'environment' && token?.expiresAt != null && token.expiresAt <= limit,
  );
  if (ending.length === 0) return;
  const names = ending.map(({ service }) => service.id).join(', ');
  throw new BimServiceError('token-expired', `these tokens end within ${spanText(span)}: ${names}`, {
    hint: `Refresh it: bimservice authorize ${ending[0]?.service.id ?? 'SERVICE'}`,
  });
}
