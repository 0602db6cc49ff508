// Runs a service on each new revision of a model, in folders or on a BIMserver.
import { basename, join, resolve } from 'node:path';
import { readExpect } from '../../core/invocation/read-expect.js';
import { type ModelRun, runModel } from '../../core/invocation/run-model.js';
import { worstError } from '../../core/invocation/worst-error.js';
import type { TransferProgress } from '../../core/ports/http.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import type { Queued } from '../../core/watch/revisions.js';
import type { WatchEvent as RevisionEvent } from '../../core/watch/watch-events.js';
import { watchModels } from '../../core/watch/watch-models.js';
import { BimServiceError } from '../../errors.js';
import { systemTimer } from '../../io/login/timer.js';
import { makeResultFolder, resultFolders } from '../../io/watch/result-folders.js';
import type { JudgedResult } from '../bcf/judging.js';
import { Client } from '../client/client.js';
import { lockFolder } from '../client/lock-folder.js';
import type { Ports } from '../client/ports.js';
import { eventReporter, runSettings } from '../invoke/invoke-all.js';
import { reportOnce } from '../invoke/once-reporter.js';
import type { InvokeEvent, RunOptions } from '../invoke/options.js';
import { runJudge } from '../invoke/run-judge.js';
import { openRunPorts, targetsIn } from '../invoke/run-ports.js';
import { loadState } from './load-state.js';
import type { WatchedProjects } from './open-projects.js';
import { checkPaths, openSource } from './source.js';

export interface WatchOptions extends Omit<RunOptions, 'to' | 'receipt' | 'hash'> {
  /** The folder of results. It has the state of the watch, so each service needs one of its own. */
  output: string;
  /** The folders and files to watch. */
  paths?: readonly string[];
  /** Projects on a BIMserver, in the place of `paths`. */
  projects?: WatchedProjects;
  /** True: ends when everything that changed since the last time has run. */
  once?: boolean;
  /** False: folders are looked at every few seconds only, for disks that report no changes. */
  events?: boolean;
  /** How often folders are looked at without a change, in ms; absent: 10 s. */
  everyMs?: number;
  /** For how long (ms) a file has to stay unchanged before it is read; absent: 2 s. */
  settleMs?: number;
  /** With `once`: how often to wait for a service that did not run the model, and to try again; absent: never. */
  retry?: number;
  /** How many models are sent at the same time; absent: one. */
  jobs?: number;
  /** True: content that ran before runs again when the file is saved. */
  always?: boolean;
}

export type WatchEvent =
  | RevisionEvent
  /** Everything is ready: after this the first look begins. */
  | { event: 'ready'; names: string[] }
  /** A run begins. `file`: what is sent. */
  | { event: 'begin'; path: string; file: string }
  | { event: 'progress'; path: string; progress: TransferProgress }
  /** A run ended; it may be repeated. `folder`: of its result, absolute. */
  | { event: 'ran'; path: string; folder: string; run: ModelRun; judged: JudgedResult | null }
  | Extract<InvokeEvent, { event: 'message' }>;

/** Called for each event. What it returns is waited for, except at `progress` and `message`. */
export type OnWatchEvent = (event: WatchEvent) => void | Promise<void>;

const USUAL_EVERY_MS = 10_000;
const USUAL_SETTLE_MS = 2000;

/**
 * Watches until the signal aborts, and throws `interrupted` then; with `once` until nothing is left. Resolves with the error
 * that matters most; null when every run is done. Throws BimServiceErrors `usage`, `model-unreadable`, `store-not-writable` when
 * another watch uses the folder, `store-damaged`, and `result-not-writable`.
 */
export async function watchAll(
  client: Client,
  service: ListedService,
  options: WatchOptions,
  onEvent: OnWatchEvent,
): Promise<BimServiceError | null> {
  using shared = Client.call(client, options.signal);
  const reporter = eventReporter((event) => void onEvent(event));
  const ports: Ports = Object.create(shared, { reporter: { value: reporter } });
  const { place, clock, signal, insecure } = ports;
  const { paths = [], projects = null, once = false, jobs = 1, expect, fields = [] } = options;
  if (paths.length === 0 && projects === null)
    throw new BimServiceError('usage', 'a watch needs a folder or a project');
  await checkPaths(ports, paths);
  await options.judge?.checkFolder();
  const output = resolve(place.cwd, options.output);
  if (expect !== undefined) readExpect(expect, service.outputs);
  const settings = await runSettings(ports, { ...options, to: { folder: output } });
  await makeResultFolder(output);
  await using _lock = await lockFolder(ports, join(output, '.bimservice-watch.lock'), {
    held: `another watch uses ${output}`,
    failed: `${output} cannot be locked`,
    hint: 'Wait until it ends, or name another folder with -o.',
  });
  const state = await loadState(output, service.resourceUrl);
  const { events = true, settleMs = USUAL_SETTLE_MS, everyMs = USUAL_EVERY_MS } = options;
  await using source = await openSource(
    ports,
    { paths, projects, once, events, settleMs },
    { output, service },
  );
  await onEvent({ event: 'ready', names: source.names });

  const about = { service, fields };
  const to = { folder: output };
  await using runPorts = await openRunPorts(ports, { ...about, models: [], to, hash: true });
  const base = { ...runPorts, reporter: reportOnce(reporter) };
  const judge = options.judge === undefined ? null : runJudge(options.judge, signal);
  const environmentToken = ports.givenToken(service);
  const run = async ({ path, mark }: Queued, name: string): Promise<ModelRun> => {
    const file = source.fileOf(path, mark);
    const folder = join(output, name);
    await onEvent({ event: 'begin', path, file });
    const openTarget = targetsIn(ports, folder, { ...about, models: [file] });
    const onProgress = (progress: TransferProgress) => void onEvent({ event: 'progress', path, progress });
    const done = await runModel(
      { service, path: file, label: basename(path), environmentToken, insecure, options: settings },
      { ...base, openTarget, judge, onProgress },
      signal,
    );
    await onEvent({ event: 'ran', path, folder, run: done, judged: judge?.take(file) ?? null });
    return source.afterRun(path, mark, done);
  };
  const failed = await watchModels(
    {
      state,
      once,
      retry: options.retry ?? 0,
      jobs,
      everyMs,
      settleMs: source.settleMs,
      sureMarks: source.sureMarks,
      always: options.always ?? false,
    },
    {
      models: source.models,
      results: resultFolders(output, {
        umask: place.umask,
        pid: place.pid,
        isAlive: (pid) => place.isAlive(pid),
      }),
      run,
      tokenMark: () => tokenMark(ports, service),
      onHint: (listener) => source.onHint(listener),
      report: async (event) => onEvent(event),
      clock,
      timer: systemTimer,
    },
    signal,
  );
  return worstError(failed);
}

/** Another text for each token that is stored. */
async function tokenMark({ store }: Ports, service: ListedService): Promise<string | null> {
  const token = await store.readToken(service).catch(() => null);
  return token === null ? null : `${token.obtainedAt} ${token.expiresAt}`;
}
