// `list [SERVICE]`: the services of all repositories as a table or JSON, or one of them in full.

import type { Context } from '../context.js';
import { type ServiceState, serviceState } from '../core/authorization/service-state.js';
import { filterServices } from '../core/repository/filter-services.js';
import { findService } from '../core/repository/find-service.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { BimServiceError } from '../errors.js';
import { tableLines } from '../output/table.js';
import type { MultipartUpload } from '../protocol/repository/service.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { loadServices } from './shared/resolve-service.js';

interface ListOptions {
  accepts?: string;
  produces?: string;
  for?: string;
  provider?: string;
  refresh?: boolean;
  offline?: boolean;
  strict?: boolean;
}

export async function listCommand(context: Context, [query]: string[], options: ListOptions): Promise<void> {
  if (options.refresh && options.offline)
    throw new BimServiceError('usage', '--refresh and --offline exclude each other');
  const cacheUse = options.refresh ? 'refresh' : options.offline ? 'offline' : 'revalidate';
  const loaded = await loadServices(context, { cacheUse, strict: options.strict ?? false, tell: true });
  const accepts = options.for === undefined ? options.accepts : await typeOfModel(context, options.for);
  const listed =
    query === undefined ? loaded.services : [findService(loaded.services, loaded.refused, query)];
  const { produces, provider } = options;
  const services = filterServices(listed, {
    ...(accepts === undefined ? {} : { accepts }),
    ...(produces === undefined ? {} : { produces }),
    ...(provider === undefined ? {} : { provider }),
  });
  const shown = await Promise.all(
    services.map(async (service) => ({ service, state: await serviceState(service, context) })),
  );
  if (context.json) {
    await context.printJson({
      services: shown.map(({ service, state }) => listEntry(service, state.status)),
      warnings: loaded.warnings,
    });
  } else if (query !== undefined) {
    for (const { service, state } of shown) await context.print(inFull(service, state));
  } else {
    await printTable(context, shown, loaded.services.length);
  }
}

async function typeOfModel(context: Context, file: string): Promise<string> {
  const { openModel } = await import('../io/model/model-source.js');
  await using model = await openModel(context.path(file));
  if (model.detected.kind === 'refused')
    throw new BimServiceError('not-a-model', `${cleanText(file)} ${model.detected.message}`);
  return model.detected.type;
}

async function printTable(
  context: Context,
  shown: { service: ListedService; state: ServiceState }[],
  all: number,
): Promise<void> {
  if (shown.length === 0) {
    context.reporter.info(
      all === 0
        ? 'The repositories list no services.'
        : `None of ${all} services fits; bimservice list shows them all.`,
    );
    return;
  }
  const rows = shown.map(({ service, state }) => [
    service.id,
    cleanText(service.name, 60),
    service.inputs.map((type) => cleanText(type, 40)).join(' '),
    service.outputs.map((type) => cleanText(type, 40)).join(' '),
    state.status,
  ]);
  const { stdout } = context.runtime;
  const lines = await tableLines(
    [['ID', 'NAME', 'TAKES', 'GIVES', 'STATUS'], ...rows],
    stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
  );
  await context.print(`${lines.join('\n')}\n`);
}

/** One service as the `list --json` contract has it. */
function listEntry(service: ListedService, status: ServiceState['status']): object {
  const { id, name, description, provider, inputs, outputs, resourceUrl, oauth, repository } = service;
  const { listId, providerIcon, capabilities, discovery, scope, multipart } = service;
  const known = { id, name, description, provider, inputs, outputs, resourceUrl, oauth, repository, status };
  return { ...known, listId, providerIcon, capabilities, discovery, scope, multipart };
}

function inFull(service: ListedService, state: ServiceState): string {
  const { oauth, discovery } = service;
  const open = discovery ? `told by ${discovery.url} when it is asked` : 'none needed';
  const rows = [
    ['id', service.id],
    ['name', service.name],
    ['description', service.description],
    ['provider', service.provider],
    ['takes', service.inputs.join(', ')],
    ['gives', service.outputs.join(', ')],
    ['address', service.resourceUrl],
    ...(service.multipart ? [['sent as', multipartText(service.multipart)]] : []),
    ['registration', oauth?.registerUrl ?? open],
    ['authorization', oauth?.authorizationUrl ?? open],
    ['token', oauth?.tokenUrl ?? open],
    ...(service.scope ? [['scope', service.scope]] : []),
    ...(service.capabilities ? [['server', service.capabilities.join(', ')]] : []),
    ['repository', service.repository],
    ['status', `${state.status}${state.detail ? `, ${state.detail}` : ''}`],
    ['next', state.next],
  ];
  const lines = rows.map(([label = '', value = '']) => `${label.padEnd(14)} ${cleanText(value, 400) || '-'}`);
  return `${lines.join('\n')}\n`;
}

function multipartText({ modelField, fields }: MultipartUpload): string {
  const others = Object.entries(fields).map(([name, what]) => `${name} (${what})`);
  return `a form: ${[`${modelField} (the model)`, ...others].join(', ')}`;
}
