// `bimservice` without a command: the five steps, and the next one for this installation. Sends no request.
import type { Context } from '../context.js';
import type { ServiceState } from '../core/authorization/service-state.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { BimServiceError } from '../errors.js';
import { loadServices } from '../library/services/load-services.js';
import { openStates } from '../library/services/states.js';
import { wrapWords } from '../protocol/text/wrap.js';
import { nextStep } from './shared/next-step.js';

const STEPS: ReadonlyArray<readonly [command: string, purpose: string]> = [
  ['bimservice list', 'find a service'],
  ['bimservice authorize SERVICE', 'give your consent in the browser'],
  ['bimservice status', 'see what is stored, how long'],
  ['bimservice invoke SERVICE MODEL', 'send a model, save the result'],
  ['bimservice invoke SERVICE MODEL --dry-run', 'see the request, send nothing'],
];

/** Commands with their purpose, for a person who has not configured anything. */
export const FIRST_COMMANDS: ReadonlyArray<readonly [command: string, purpose: string]> = [
  ['bimservice demo', 'run the whole chain on this machine'],
  ['bimservice repository add URL', 'add the list of your provider'],
];

/** A token that ends within this time gets a line, in ms. */
const SOON_MS = 24 * 3_600_000;
const MOST = 3;

export async function overviewCommand(context: Context): Promise<void> {
  const next = await nextCommands(context);
  const lines = [
    `bimservice ${context.runtime.version}`,
    ...wrapWords('Sends building models (IFC) to BIM services and saves the results.', context.width),
    '',
    'The five steps:',
    ...commandLines(
      STEPS.map(([command, purpose], index) => [`${index + 1}  ${command}`, purpose]),
      context.width,
    ),
    '',
    next.title,
    ...commandLines(next.commands, context.width),
    '',
    'All commands and options: bimservice --help',
  ];
  await context.print(`${lines.join('\n')}\n`);
}

interface Next {
  title: string;
  commands: ReadonlyArray<readonly [command: string, purpose: string]>;
}

async function nextCommands(context: Context): Promise<Next> {
  const services = await knownServices(context);
  if (services.length === 0 && context.ports.repositories.isDefault())
    return { title: 'No repository is configured yet. To begin:', commands: FIRST_COMMANDS };
  const title = 'Next, for this installation:';
  if (services.length === 0) return { title, commands: [['bimservice list', 'read the configured lists']] };
  const states = await (await openStates(context.ports)).of(services);
  const now = context.runtime.clock.now();
  const useful = states
    .filter(({ state }) => state.token !== null || state.tokenSource !== null)
    .map(({ service, state }) => [nextStep(context, state.next), purposeOf(service, state, now)] as const)
    .slice(0, MOST);
  if (useful.length > 0) return { title, commands: useful };
  const [only] = services;
  return {
    title,
    commands: [
      ['bimservice list', `see ${services.length === 1 ? 'the service' : `${services.length} services`}`],
      [`bimservice authorize ${services.length === 1 ? only?.id : 'SERVICE'}`, 'give your consent'],
    ],
  };
}

function purposeOf({ id }: ListedService, { status, detail, token }: ServiceState, now: number): string {
  const endsSoon = token?.expiresAt != null && token.refreshToken === null && token.expiresAt - now < SOON_MS;
  if (status === 'expired') return `the token of ${id} ${detail}`;
  if (endsSoon) return `the token of ${id} is valid ${detail}`;
  return `${id} is authorized${detail === '' ? '' : ` (${detail})`}`;
}

/** The services in the cached copies; none when no list was read yet. */
async function knownServices(context: Context): Promise<ListedService[]> {
  try {
    return (await loadServices(context.ports, { cacheUse: 'offline', warns: false })).services;
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    context.reporter.debug(error.message);
    return [];
  }
}

/** Commands in one column, with their purposes beside them; below them where a terminal of `columns` is too narrow. */
export function commandLines(
  commands: Next['commands'],
  columns: number = Number.POSITIVE_INFINITY,
): string[] {
  const width = Math.max(...commands.map(([command]) => command.length));
  const fits = commands.every(([, purpose]) => width + purpose.length + 4 <= columns);
  return commands.flatMap(([command, purpose]) =>
    fits
      ? [`  ${command.padEnd(width)}  ${purpose}`]
      : [`  ${command}`, ...wrapWords(`       ${purpose}`, columns, '       ')],
  );
}
