// `doctor [SERVICE]`: walks the chain from the store to the token, and says where it is broken. Sends no model.
import type { Context } from '../context.js';
import type { ServiceState } from '../core/authorization/service-state.js';
import { examineServer } from '../core/doctor/examine-server.js';
import { examineService } from '../core/doctor/examine-service.js';
import { Examination, type Finding, type Findings } from '../core/doctor/finding.js';
import { checkRepository } from '../core/repository/check-repository.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import type { RepositorySource } from '../core/repository/read-source.js';
import { counted } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { systemName } from '../io/files/system-name.js';
import { systemReason } from '../io/files/system-reason.js';
import { writeWhole } from '../io/files/write-whole.js';
import { authorizationPorts } from '../library/consent/authorization-ports.js';
import { loadPorts, loadServices, onlyGiven } from '../library/services/load-services.js';
import { openStates } from '../library/services/states.js';
import { rawAddress } from '../protocol/repository/addresses.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { outputJson, visibleText } from '../protocol/text/json-output.js';
import { wrapWords } from '../protocol/text/wrap.js';
import { redact } from '../secret.js';
import { completeHint, nextStep } from './shared/next-step.js';
import { resolveService } from './shared/resolve-service.js';

export async function doctorCommand(
  context: Context,
  [query]: string[],
  { bundle }: { bundle?: string },
): Promise<void> {
  const findings: Finding[] = [];
  for await (const finding of examineAll(context, query)) {
    findings.push(finding);
    if (!context.json) await context.print(`${findingLines(context, finding).join('\n')}\n`);
  }
  const failure = failureOf(findings);
  if (failure !== null) completeHint(failure, context);
  if (context.json) await context.printJson({ ok: failure === null, findings }, failure);
  if (bundle !== undefined) await writeReport(context, bundle, findings);
  if (failure !== null) throw failure;
}

function failureOf(findings: readonly Finding[]): BimServiceError | null {
  const faults = findings.filter(({ result }) => result === 'fault');
  const [first] = faults;
  if (first === undefined) return null;
  const words = `${faults.length} of ${findings.length} checks found a fault, first: ${first.check} of ${first.subject}`;
  return new BimServiceError(
    first.code ?? 'internal',
    words,
    first.next === null ? {} : { hint: first.next },
  );
}

async function* examineAll(context: Context, query: string | undefined): Findings {
  yield await storeFinding(context);
  yield* repositoryFindings(context);
  const services = await examined(context, query);
  if ('finding' in services) return yield services.finding;
  const states = await (await openStates(context.ports)).of(services);
  const { runtime } = context;
  const ports = { probe: await context.networkProbe(), clock: runtime.clock };
  const unreached = new Set<string>();
  for (const origin of originsOf(await sourcesInUse(context), states)) {
    for await (const finding of examineServer(origin, ports, runtime.signal)) {
      if (finding.result === 'fault') unreached.add(origin);
      yield finding;
    }
  }
  const servicePorts = {
    ...(await authorizationPorts(context.ports)),
    openListener: await context.openListener(),
  };
  for (const { service, state } of states)
    yield* examineService(service, state, unreached, servicePorts, runtime.signal);
}

async function storeFinding(context: Context): Promise<Finding> {
  const { configDir, runtime, config } = context;
  const store = new Examination('store', configDir ?? 'no folder');
  const found = await store.try(runtime.signal, async () => {
    await context.records.probe();
    return config.read().store;
  });
  return 'finding' in found ? found.finding : store.ok(`credentials are kept in the ${found.value}`);
}

/** The lists that commands read: none where exported credentials are all that is known. */
async function sourcesInUse({ ports }: Context): Promise<readonly RepositorySource[]> {
  return (await onlyGiven(ports)) === null ? ports.repositories.sources() : [];
}

async function* repositoryFindings(context: Context): Findings {
  const { runtime, options } = context;
  const given = await onlyGiven(context.ports);
  if (given !== null)
    yield new Examination('repository', context.ports.given?.name ?? 'credentials').ok(
      counted(given.services.length, 'service'),
    );
  for (const source of await sourcesInUse(context)) {
    const subject = cleanText(source.alias);
    const repository = new Examination('repository', subject);
    if (source.location === '-') {
      yield repository.notChecked('it is read from stdin');
      continue;
    }
    const rules = { insecure: options.insecure ?? false };
    const { error, services, warnings } = await checkRepository(
      source,
      rules,
      loadPorts(context.ports),
      runtime.signal,
    );
    if (error !== null) yield repository.fault(error.code, error.message, error.hint ?? null);
    else if (warnings.length > 0)
      yield repository.warning(
        `${services} services; ${warnings.length} warnings, first: ${warnings[0]}`,
        `bimservice repository check ${subject}`,
      );
    else yield repository.ok(`${services} ${services === 1 ? 'service' : 'services'}`);
  }
}

/** The named service, or all for which something is stored. */
async function examined(
  context: Context,
  query: string | undefined,
): Promise<ListedService[] | { finding: Finding }> {
  const found = await new Examination('repository', query ?? 'all').try(context.runtime.signal, async () => {
    if (query !== undefined) return [await resolveService(context, query)];
    const { services } = await loadServices(context.ports, { warns: false });
    const states = await (await openStates(context.ports)).of(services);
    return states.filter(({ state }) => isInUse(state)).map(({ service }) => service);
  });
  if ('value' in found) return found.value;
  // Its repository has a finding of its own; a service that is not in a readable list has none yet.
  return query === undefined ? [] : found;
}

function isInUse({ registration, token, tokenSource }: ServiceState): boolean {
  return registration !== null || token !== null || tokenSource !== null;
}

/** Every server that a request of these services goes to, once. */
function originsOf(
  sources: readonly RepositorySource[],
  states: ReadonlyArray<{ service: ListedService; state: ServiceState }>,
): string[] {
  const lists = sources.map(({ location }) =>
    URL.canParse(location) ? rawAddress(new URL(location)).href : location,
  );
  const ofServices = states.flatMap(({ service, state }) => [
    service.resourceUrl,
    ...(service.oauth === null ? [] : Object.values(service.oauth)),
    ...(state.token?.resourceUrl ? [state.token.resourceUrl] : []),
  ]);
  const addresses = [...ofServices, ...lists].filter((url) => /^https?:/i.test(url) && URL.canParse(url));
  return [...new Set(addresses.map((url) => new URL(url).origin))];
}

const WORDS: Readonly<Record<Finding['result'], string>> = {
  ok: 'ok',
  warning: 'warning',
  fault: 'fault',
  'not-checked': '-',
};

/** Where the texts of the findings begin. On a narrow terminal their further lines begin further left. */
const TEXT_COLUMN = 23;
const NARROW = 60;

function findingLines(context: Context, { check, subject, result, text, next }: Finding): string[] {
  const { paint, width } = context;
  const color = { ok: paint.done, warning: paint.warning, fault: paint.error, 'not-checked': paint.debug };
  const indent = ' '.repeat(width < NARROW ? 9 : TEXT_COLUMN);
  const word = WORDS[result].padEnd(8);
  const line = `${word} ${check.padEnd(13)} ${visibleText(redact(`${subject}: ${text}`))}`;
  const [first = '', ...rest] = wrapWords(line, width, indent);
  const advice = next === null ? [] : visibleText(redact(`next: ${nextStep(context, next)}`)).split('\n');
  return [
    color[result](word) + first.slice(word.length),
    ...rest,
    ...advice.flatMap((each, index) =>
      wrapWords(`${' '.repeat(index === 0 ? 9 : 15)}${each}`, width, ' '.repeat(15)),
    ),
  ];
}

/** A report that can be sent to a provider: findings and versions, no secret. */
async function writeReport(context: Context, bundle: string, findings: readonly Finding[]): Promise<void> {
  const path = context.path(bundle);
  const { runtime } = context;
  const report = {
    tool: `bimservice ${runtime.version}`,
    system: systemName(),
    time: new Date(runtime.clock.now()).toISOString(),
    // Only that they are set: their values can be secrets.
    environment: Object.keys(runtime.env)
      .filter((name) => /^BIMSERVICE_|_PROXY$|^NODE_EXTRA_CA_CERTS$|^CI$/i.test(name))
      .sort(),
    repositories: context.ports.repositories.sources(),
    findings,
  };
  try {
    await writeWhole(path, `${redact(outputJson(report, 2))}\n`, { mode: 0o600, pid: runtime.pid });
  } catch (error) {
    throw new BimServiceError(
      'result-not-writable',
      `the report was not written: ${bundle} (${systemReason(error, path)})`,
      { hint: 'Name another file with --bundle', cause: error },
    );
  }
  context.reporter.info(`Wrote the report: ${path}. Read it before you send it.`);
}
