// `watch SERVICE PATH...`: runs a service on each new revision of a model in folders.
import { basename, join } from 'node:path';
import type { Context } from '../context.js';
import { readExpect } from '../core/invocation/read-expect.js';
import { runModel } from '../core/invocation/run-model.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { watchModels } from '../core/watch/watch-models.js';
import { readState, StateDefect, type WatchState } from '../core/watch/watch-record.js';
import { BimServiceError, systemErrorCode } from '../errors.js';
import { readLocalFile } from '../io/files/read-input.js';
import { systemTimer } from '../io/login/timer.js';
import { resultNotWritable } from '../io/result/result-errors.js';
import { reportOnce } from '../io/terminal/once-reporter.js';
import { createLogProgress } from '../io/terminal/progress.js';
import { fileMarkAt } from '../io/watch/file-mark.js';
import { WatchedFolders } from '../io/watch/model-folders.js';
import { makeFolder, resultFolders, STATE_FILE } from '../io/watch/result-folders.js';
import { markReported } from '../output/reported-errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { offerConsent } from './offer-consent.js';
import { serviceForRuns } from './shared/before-runs.js';
import { lockFolder } from './shared/lock-folder.js';
import { openProgress } from './shared/progress.js';
import { type RunFlags, runOptions } from './shared/run-options.js';
import { openRunPorts, targetsIn } from './shared/run-ports.js';
import type { OnResult } from './watch/on-result.js';
import { reportWatch } from './watch/watch-report.js';

export interface WatchFlags extends RunFlags {
  output: string;
  /** ms. */
  settle: number;
  /** ms. */
  every: number;
  events: boolean;
  once?: boolean;
  always?: boolean;
  onResult?: string;
}

export async function watchCommand(
  context: Context,
  [query = '', ...typed]: string[],
  flags: WatchFlags,
): Promise<void> {
  const options = runOptions(context, { ...flags, receipt: true });
  const onResult = flags.onResult === undefined ? null : await openOnResult(context, flags.onResult);
  const paths = typed.map((path) => context.path(path));
  for (const path of paths) await checkPath(path);
  const output = context.path(flags.output);
  const { service, environmentToken } = await serviceForRuns(context, query, paths);
  if (options.expect !== null) readExpect(options.expect, service.outputs);
  await makeFolder(output);
  await using _lock = await lockFolder(context, join(output, '.bimservice-watch.lock'), {
    held: `another watch uses ${output}`,
    failed: `${output} cannot be locked`,
    hint: 'Wait until it ends, or choose another folder with -o.',
  });
  const state = await loadState(output, service);
  await offerConsent(context, service);

  const { runtime, reporter } = context;
  const { signal, clock, umask, pid, isAlive } = runtime;
  const { fields } = options;
  await using ports = await openRunPorts(context, {
    service,
    paths: [],
    fields,
    output: undefined,
    force: false,
    hash: true,
  });
  const shared = { ...ports, reporter: reportOnce(reporter) };
  const insecure = context.options.insecure ?? false;
  using display = await openProgress(context, 1);
  const now = () => clock.monotonic();
  const folders = new WatchedFolders(paths, output);
  let hint = () => {};
  await using events =
    flags.once || !flags.events ? null : await openEvents(context, { paths, output, onChange: () => hint() });
  let generation: number | null = null;
  if (!flags.once)
    reporter.info(`Watching ${typed.map((path) => cleanText(path)).join(', ')}. Ctrl-C ends it.`);
  const failed = await watchModels(
    {
      state,
      once: flags.once ?? false,
      jobs: flags.jobs,
      everyMs: flags.every,
      settleMs: flags.settle,
      always: flags.always ?? false,
    },
    {
      models: {
        async look(stop) {
          const look = await folders.look(stop);
          if (generation !== null && generation !== folders.generation) events?.restart();
          generation = folders.generation;
          return look;
        },
        inspect: (path, stop) => folders.inspect(path, stop),
        markOf: (path) => folders.markOf(path),
      },
      results: resultFolders(output, { umask, pid, isAlive }),
      async run({ path }, folder) {
        const label = cleanText(basename(path), 40);
        const progress =
          flags.jobs === 1 ? await display.model(label) : createLogProgress(reporter, label, now);
        try {
          const openTarget = targetsIn(context, join(output, folder), { service, paths: [path], fields });
          return await runModel(
            { service, path, label: basename(path), environmentToken, insecure, options },
            { ...shared, openTarget, onProgress: (step) => progress.update(step) },
            signal,
          );
        } finally {
          progress.stop();
        }
      },
      tokenMark: () => tokenMark(context, service),
      onHint: (listener) => {
        hint = listener;
      },
      async report(event) {
        const exitCode = event.event === 'result' ? await onResult?.(event, output) : undefined;
        await reportWatch(context, event, { onResult: exitCode });
      },
      clock,
      timer: systemTimer,
    },
    signal,
  );
  const [first] = failed;
  if (first !== undefined) throw markReported(first);
}

/** Loaded only when they are used. */
async function openEvents(
  { reporter }: Context,
  options: { paths: readonly string[]; output: string; onChange: () => void },
) {
  const { FolderEvents } = await import('../io/watch/folder-events.js');
  return new FolderEvents({ ...options, onTrouble: (line) => reporter.warn(line) });
}

/** Loaded only when it is used. Throws `usage`. */
async function openOnResult(context: Context, line: string): Promise<OnResult> {
  return (await import('./watch/on-result.js')).openOnResult(context, line);
}

/** A path that is not there at the start is a mistake; later it is a share that is away. */
async function checkPath(path: string): Promise<void> {
  if ((await fileMarkAt(path)) !== null) return;
  throw new BimServiceError('model-unreadable', `there is no file or folder ${cleanText(path)}`, {
    hint: 'Name the folder in which the models are saved.',
  });
}

/** Throws `store-damaged`, and `usage` where the results are those of another service. */
async function loadState(output: string, service: ListedService): Promise<WatchState> {
  const path = join(output, STATE_FILE);
  const state = await storedState(path);
  if (state === null) return { service: service.resourceUrl, models: new Map() };
  if (state.service === service.resourceUrl) return state;
  throw new BimServiceError(
    'usage',
    `${output} has the results of another service (${cleanText(state.service)})`,
    {
      hint: 'Choose another folder with -o: one for each service.',
    },
  );
}

async function storedState(path: string): Promise<WatchState | null> {
  try {
    return readState(JSON.parse(String(await readLocalFile(path))));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    if (systemErrorCode(error) !== undefined) throw resultNotWritable(path, error);
    const why = error instanceof StateDefect ? error.message : 'is not JSON';
    throw new BimServiceError('store-damaged', `${path} ${why}`, {
      hint: 'Move it away to begin anew: every model is then run once more.',
      cause: error,
    });
  }
}

/** Another text for each token that is stored. */
async function tokenMark(context: Context, service: ListedService): Promise<string | null> {
  const token = await context.store.readToken(service).catch(() => null);
  return token === null ? null : `${token.obtainedAt} ${token.expiresAt}`;
}
