// Step 4 for one model or many: sends them, and files what comes back.
import { retryRun } from '../../core/invocation/retry-run.js';
import {
  type ModelRun,
  type RunInput,
  type RunPorts,
  type RunOptions as RunSettings,
  runModel,
} from '../../core/invocation/run-model.js';
import { runModels } from '../../core/invocation/run-models.js';
import { worstError } from '../../core/invocation/worst-error.js';
import type { FormField } from '../../core/ports/http.js';
import type { Reporter } from '../../core/ports/terminal.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { type BimServiceError, EXIT_CODES } from '../../errors.js';
import { systemTimer } from '../../io/login/timer.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { Client } from '../client/client.js';
import type { Ports } from '../client/ports.js';
import { movedService } from '../services/find.js';
import { withAddresses } from '../services/load-services.js';
import { checkRun } from './check-run.js';
import { type MemoryTarget, memoryTarget } from './memory-target.js';
import { reportOnce } from './once-reporter.js';
import type { InvokeOptions, InvokeResult, Model, OnInvokeEvent, RunOptions } from './options.js';
import { judgedAgain, type KeepingJudge, runJudge } from './run-judge.js';
import { nameOf, openRunPorts, placesOf } from './run-ports.js';
import { skipDone } from './skip-done.js';

/** `error`: null when the run is done. */
export type EndedRun = InvokeResult & { error: BimServiceError | null };

/** All runs of a call, in the order of the models; those that were not started have none. */
export interface InvokeAllResult {
  results: EndedRun[];
  /** The error that matters most, of several models; null when all are done. */
  worst: BimServiceError | null;
}

/**
 * Sends `models`, some of them at the same time. A failure of one is an event and does not end the others. Throws
 * BimServiceError `usage` for options that cannot be used; nothing is sent then.
 */
export async function invokeAll(
  client: Client,
  service: ListedService,
  models: readonly Model[],
  options: InvokeOptions = {},
  onEvent: OnInvokeEvent = () => {},
): Promise<InvokeAllResult> {
  using shared = Client.call(client, options.signal);
  const ports = speaking(shared, models.length > 1, onEvent);
  const runs = await Runs.open(ports, service, models, options, onEvent);
  await using _ = runs;
  return await runs.all();
}

/** The same ports, with messages as events. */
function speaking(ports: Ports, several: boolean, onEvent: OnInvokeEvent): Ports {
  const reporter = eventReporter(onEvent);
  return Object.create(ports, { reporter: { value: several ? reportOnce(reporter) : reporter } });
}

export function eventReporter(
  onEvent: (event: Extract<Parameters<OnInvokeEvent>[0], { event: 'message' }>) => void,
): Reporter {
  return {
    info: (text) => onEvent({ event: 'message', level: 'info', text }),
    warn: (text) => onEvent({ event: 'message', level: 'warning', text }),
    instruct: (text) => onEvent({ event: 'message', level: 'instruction', text }),
    debug: (text) => onEvent({ event: 'message', level: 'debug', text }),
  };
}

type SharedPorts = Awaited<ReturnType<typeof openRunPorts>>;

class Runs implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #service: ListedService;
  readonly #models: readonly Model[];
  readonly #options: InvokeOptions;
  readonly #onEvent: OnInvokeEvent;
  readonly #shared: SharedPorts;
  readonly #settings: RunSettings;
  readonly #judge: KeepingJudge | null;
  readonly #skip: ((input: RunInput) => Promise<ModelRun | null>) | null;
  #moved: Promise<ListedService | null> | null = null;

  static async open(
    ports: Ports,
    service: ListedService,
    models: readonly Model[],
    options: InvokeOptions,
    onEvent: OnInvokeEvent,
  ): Promise<Runs> {
    await checkRun(ports, service, models, options);
    // The service may have been found without its addresses, where a token is given.
    const needsAddresses = ports.givenToken(service)?.kind !== 'used';
    const complete = needsAddresses ? await withAddresses(ports, service, 'revalidate') : service;
    const fields = options.fields ?? [];
    const run = {
      service: complete,
      models,
      fields,
      to: options.to ?? NO_FILE,
      hash: options.hash ?? true,
    };
    const shared = await openRunPorts(ports, run);
    const skip = options.skipDone ? skipDone(placesOf(ports, run), shared) : null;
    const settings = await runSettings(ports, options);
    return new Runs({ ports, service: complete, models, options, onEvent, shared, settings, skip });
  }

  private constructor(parts: {
    ports: Ports;
    service: ListedService;
    models: readonly Model[];
    options: InvokeOptions;
    onEvent: OnInvokeEvent;
    shared: SharedPorts;
    settings: RunSettings;
    skip: ((input: RunInput) => Promise<ModelRun | null>) | null;
  }) {
    const { ports, options } = parts;
    this.#ports = ports;
    this.#service = parts.service;
    this.#models = parts.models;
    this.#options = options;
    this.#onEvent = parts.onEvent;
    this.#shared = parts.shared;
    this.#settings = parts.settings;
    this.#skip = parts.skip;
    this.#judge = options.judge === undefined ? null : runJudge(options.judge, ports.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shared[Symbol.asyncDispose]();
  }

  async all(): Promise<InvokeAllResult> {
    const { jobs = 1, failFast = false } = this.#options;
    const results = new Map<FiledRun, EndedRun>();
    const runs = await runModels(
      this.#models.map(nameOf),
      { jobs, failFast },
      async ({ path, label }): Promise<FiledRun> => {
        await this.#onEvent({ event: 'begin', model: path, label });
        const memory = this.#options.to === undefined ? memoryTarget() : null;
        const run = await this.#run(this.#input(path, label), memory);
        return { ...run, memory, label };
      },
      async (run) => {
        const done = this.#result(run);
        results.set(run, { ...done, error: run.error });
        const { error } = run;
        await this.#onEvent(
          error === null ? { event: 'result', ...done } : { event: 'failure', error, ...done },
        );
      },
    );
    return {
      results: runs.flatMap((run) => results.get(run) ?? []),
      worst: worstError(runs.flatMap(({ error }) => error ?? [])),
    };
  }

  #input(path: string, label: string): RunInput {
    const { insecure, givenToken } = this.#ports;
    const service = this.#service;
    const environmentToken = givenToken(service);
    return { service, path, label, environmentToken, insecure, options: this.#settings };
  }

  async #run(input: RunInput, memory: MemoryTarget | null): Promise<ModelRun> {
    const earlier = (await this.#skip?.(input)) ?? null;
    if (earlier !== null) return this.#judge === null ? earlier : judgedAgain(this.#judge, earlier);
    const { signal, reporter } = this.#ports;
    const ports = this.#runPorts(input, memory);
    const isRepeatable = isFile(this.#models, input.path);
    const attempt = async () => {
      const run = await runModel(input, ports, signal);
      const moves = isRepeatable && run.record.outcome === 'not-sent';
      const now = moves ? await this.#movedService(run.error) : null;
      return now === null ? run : await runModel({ ...input, service: now }, ports, signal);
    };
    const times = isRepeatable ? (this.#options.retry ?? 0) : 0;
    return retryRun(
      attempt,
      { times, name: cleanText(input.path) },
      { timer: systemTimer, reporter },
      signal,
    );
  }

  #runPorts({ path: model, label }: RunInput, memory: MemoryTarget | null): RunPorts {
    return {
      ...this.#shared,
      ...(memory === null ? {} : { openTarget: async () => memory }),
      judge: this.#judge,
      onAccess: ({ url, source }) => {
        const token = source === null ? 'open' : source === 'environment' ? 'given' : 'stored';
        void this.#onEvent({ event: 'access', model, label, url, token });
      },
      onProgress: (step) => void this.#onEvent({ event: 'progress', model, label, ...step }),
    };
  }

  /** Asks for the first model that did not reach its service; the outcome is for all. */
  async #movedService(error: BimServiceError | null): Promise<ListedService | null> {
    if (error?.exitCode !== EXIT_CODES.unreachable) return null;
    this.#moved ??= movedService(this.#ports, this.#service, error);
    return this.#moved;
  }

  #result({ record, receipt, memory, label }: FiledRun): InvokeResult {
    const { input, output } = record;
    const isFiled = memory === null && output !== null && output.path !== '-';
    return {
      model: input.path,
      label,
      record,
      path: isFiled ? output.path : null,
      bytes: memory?.bytes ?? null,
      receipt,
      judged: this.#judge?.take(input.path) ?? null,
    };
  }
}

/** A run with the memory that holds its result; null where it is elsewhere. */
type FiledRun = ModelRun & { memory: MemoryTarget | null; label: string };

/** A result in memory opens no target of a file. */
const NO_FILE = { write: () => {} };

/** True for content that can be read a second time. */
function isFile(models: readonly Model[], name: string): boolean {
  const model = models.find((each) => nameOf(each) === name);
  return typeof model === 'string' ? model !== '-' : model?.content instanceof Uint8Array;
}

/** The options of a call in the form of the use-cases. */
export async function runSettings(
  { version }: Pick<Ports, 'version'>,
  options: RunOptions & { jobs?: number },
): Promise<RunSettings> {
  const { to, fields = [] } = options;
  return {
    inputType: options.inputType ?? null,
    expect: options.expect ?? null,
    contextId: options.contextId ?? null,
    flow: options.flow ?? 'auto',
    jobs: options.jobs ?? 1,
    fields,
    fieldsHash: await hashOf(fields),
    waitMs: options.waitMs ?? null,
    allowEmpty: options.allowEmpty ?? false,
    keepRejected: options.keepRejected ?? (to !== undefined && !('write' in to)),
    requireResult: options.requireResult ?? false,
    maxResult: options.maxResult ?? null,
    receipt: (options.receipt ?? true) && options.hash !== false,
    version,
  };
}

async function hashOf(fields: readonly FormField[]): Promise<string | null> {
  if (fields.length === 0) return null;
  const { hashOfFields } = await import('../../io/model/fields-hash.js');
  return hashOfFields(fields);
}
