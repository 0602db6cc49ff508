// `list [QUERY]`: the services of all repositories as a table or JSON, the matches of a text, or one service in full.

import type { Context } from '../context.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { counted } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { list } from '../library/services/list.js';
import { modelType } from '../library/services/model-type.js';
import { type State, type StateOfService, states } from '../library/services/state.js';
import { type Column, tableLines } from '../output/table.js';
import { typesOf } from '../output/types-of.js';
import type { MultipartUpload } from '../protocol/repository/service.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { nextStep } from './shared/next-step.js';

interface ListFlags {
  accepts?: string;
  produces?: string;
  for?: string;
  provider?: string;
  refresh?: boolean;
  offline?: boolean;
  strict?: boolean;
  columns?: string;
}

export async function listCommand(context: Context, [query]: string[], flags: ListFlags): Promise<void> {
  if (flags.refresh && flags.offline)
    throw new BimServiceError('usage', '--refresh and --offline cannot be used together');
  const { client } = context;
  const columns = selectedColumns(flags.columns);
  const { accepts, produces, provider } = flags;
  const takes = flags.for === undefined ? undefined : await modelType(client, flags.for);
  const { services, all, isOne, warnings } = await list(client, {
    cacheUse: flags.refresh ? 'refresh' : flags.offline ? 'offline' : 'revalidate',
    strict: flags.strict ?? false,
    ...(query === undefined ? {} : { query }),
    ...(accepts === undefined ? {} : { accepts }),
    ...(takes === undefined ? {} : { takes }),
    ...(produces === undefined ? {} : { produces }),
    ...(provider === undefined ? {} : { provider }),
  });
  const shown = await states(client, services);
  if (context.json) {
    await context.printJson({
      services: shown.map(({ service, state }) => listEntry(service, state.status)),
      warnings,
    });
  } else if (isOne && flags.columns === undefined) {
    for (const { service, state } of shown)
      await context.print(fullText(service, { ...state, next: nextStep(context, state.next) }));
  } else {
    await printTable(context, shown, columns, all.length, noMatchHint(all, flags));
  }
}

/** The columns. The first five are the default; on a narrow terminal the others are removed first. */
const COLUMNS: ReadonlyArray<Column & { name: string; cell: (shown: StateOfService) => string }> = [
  { name: 'id', title: 'ID', kind: 'copy', cell: ({ service }) => service.id },
  { name: 'name', title: 'NAME', kind: 'text', drop: 1, cell: ({ service }) => service.name },
  {
    name: 'takes',
    title: 'TAKES',
    kind: 'text',
    drop: 3,
    cell: ({ service }) => service.inputs.join(' ') || '-',
  },
  {
    name: 'gives',
    title: 'GIVES',
    kind: 'text',
    drop: 2,
    cell: ({ service }) => service.outputs.join(' ') || '-',
  },
  { name: 'status', title: 'STATUS', kind: 'copy', drop: 4, cell: ({ state }) => state.status },
  {
    name: 'description',
    title: 'DESCRIPTION',
    kind: 'text',
    drop: 2,
    cell: ({ service }) => service.description,
  },
  { name: 'provider', title: 'PROVIDER', kind: 'text', drop: 2, cell: ({ service }) => service.provider },
  { name: 'address', title: 'ADDRESS', kind: 'copy', cell: ({ service }) => service.resourceUrl },
  {
    name: 'repository',
    title: 'REPOSITORY',
    kind: 'copy',
    drop: 5,
    cell: ({ service }) => service.repository,
  },
  { name: 'next', title: 'NEXT', kind: 'copy', cell: ({ state }) => state.next },
];

/** The columns in `--columns`, in that order. */
function selectedColumns(names: string | undefined): typeof COLUMNS {
  if (names === undefined) return COLUMNS.slice(0, 5);
  return names.split(',').map((name) => {
    const column = COLUMNS.find((each) => each.name === name.trim().toLowerCase());
    if (column !== undefined) return column;
    throw new BimServiceError('usage', `--columns: there is no column "${cleanText(name, 40)}"`, {
      hint: `Columns: ${COLUMNS.map((each) => each.name).join(', ')}`,
    });
  });
}

async function printTable(
  context: Context,
  shown: StateOfService[],
  columns: typeof COLUMNS,
  all: number,
  noMatch: string,
): Promise<void> {
  const { reporter } = context;
  if (shown.length === 0) {
    reporter.info(
      all === 0
        ? 'The repositories have no services.'
        : `None of ${counted(all, 'service')} matches${noMatch}; ${nextStep(context, 'bimservice list')} shows all.`,
    );
    return;
  }
  const rows = shown.map((each) =>
    columns.map(({ name, cell }) =>
      cleanText(name === 'next' ? nextStep(context, cell(each)) : cell(each), 200),
    ),
  );
  await context.printPage(await tableLines(columns, rows, context.width));
  // Only for a person; a script counts the lines.
  if (context.runtime.stdout.isTTY)
    reporter.info(
      shown.length === all ? counted(all, 'service') : `${shown.length} of ${counted(all, 'service')}`,
    );
}

/** The types that the services list, for a filter by a type that no service has. */
function noMatchHint(services: readonly ListedService[], { accepts, produces }: ListFlags): string {
  const parts = [
    accepts === undefined ? null : `accept: ${typesOf(services, 'inputs').join(', ') || 'any type'}`,
    produces === undefined ? null : `produce: ${typesOf(services, 'outputs').join(', ') || 'no listed type'}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `. They ${parts.join('; they ')}`;
}

/** One service in the published form of `list --json`. */
function listEntry(service: ListedService, status: State['status']): object {
  const { id, name, description, provider, inputs, outputs, resourceUrl, oauth, repository } = service;
  const { listId, providerIcon, capabilities, discovery, scope, multipart } = service;
  const known = { id, name, description, provider, inputs, outputs, resourceUrl, oauth, repository, status };
  return { ...known, listId, providerIcon, capabilities, discovery, scope, multipart };
}

function fullText(service: ListedService, state: State): string {
  const { oauth, discovery } = service;
  const open = discovery ? `published by ${discovery.url}, read when needed` : 'none needed';
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
