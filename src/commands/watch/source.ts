// Where `watch` gets its models from: folders, or projects on a BIMserver.
import type { Context } from '../../context.js';
import type { ModelRun } from '../../core/invocation/run-model.js';
import type { ModelFolders } from '../../core/ports/watch.js';
import { BimServiceError } from '../../errors.js';
import { fileMarkAt } from '../../io/watch/file-mark.js';
import { WatchedFolders } from '../../io/watch/model-folders.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { ProjectFlags } from './open-projects.js';

export interface SourceFlags extends ProjectFlags {
  once?: boolean;
  events: boolean;
  /** ms. */
  settle: number;
}

export interface Source extends AsyncDisposable {
  models: ModelFolders;
  /** For the line that says what is watched. */
  names: string[];
  settleMs: number;
  sureMarks: boolean;
  /** The file of a revision. */
  fileOf(path: string, mark: string): string;
  /** What is done with the end of a run; returns the run, perhaps with an error. */
  afterRun(path: string, mark: string, run: ModelRun): Promise<ModelRun>;
  onHint(listener: () => void): void;
}

/** Throws `usage` where it is neither folders nor projects. */
export function checkSource(paths: readonly string[], { bimserver, project, user }: ProjectFlags): void {
  if (bimserver === undefined) {
    if (project !== undefined || user !== undefined)
      throw new BimServiceError('usage', '--project and --user need the server: --bimserver URL');
    if (paths.length === 0)
      throw new BimServiceError('usage', 'watch needs a folder, or --bimserver URL and --project NAME');
    return;
  }
  if (paths.length > 0)
    throw new BimServiceError('usage', 'watch takes either folders or a --bimserver, not both');
  if (project === undefined)
    throw new BimServiceError('usage', '--bimserver needs a project', { hint: 'Name it: --project NAME' });
}

/** Throws `model-unreadable` for a path that is not there: at the start that is a mistake, later it is a share that is away. */
export async function checkPaths(context: Context, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if ((await fileMarkAt(context.path(path))) !== null) continue;
    throw new BimServiceError('model-unreadable', `there is no file or folder ${cleanText(path)}`, {
      hint: 'Name the folder in which the models are saved.',
    });
  }
}

/** Opens the folders, or logs in at the server. `output`: the folder of results, absolute. */
export async function openSource(
  context: Context,
  typed: readonly string[],
  flags: SourceFlags,
  results: { output: string; service: Service },
): Promise<Source> {
  return flags.bimserver === undefined
    ? openFolders(context, typed, flags, results.output)
    : openServer(context, flags, results);
}

async function openServer(
  context: Context,
  flags: SourceFlags,
  results: { output: string; service: Service },
): Promise<Source> {
  const { openProjects } = await import('./open-projects.js');
  const { source, addResult } = await openProjects(context, flags, results);
  return {
    models: source,
    names: (flags.project ?? []).map((name) => `${name} at ${flags.bimserver}`),
    settleMs: 0,
    sureMarks: true,
    fileOf: (path, mark) => source.fileOf(path, mark),
    afterRun: addResult,
    onHint: () => {},
    async [Symbol.asyncDispose]() {},
  };
}

async function openFolders(
  context: Context,
  typed: readonly string[],
  { once, events: asksForEvents, settle }: SourceFlags,
  output: string,
): Promise<Source> {
  const paths = typed.map((path) => context.path(path));
  const folders = new WatchedFolders(paths, output);
  let hint = () => {};
  let generation: number | null = null;
  const events =
    once || !asksForEvents ? null : await openEvents(context, { paths, output, onChange: () => hint() });
  return {
    models: {
      async look(signal) {
        const look = await folders.look(signal);
        if (generation !== null && generation !== folders.generation) events?.restart();
        generation = folders.generation;
        return look;
      },
      inspect: (path, signal) => folders.inspect(path, signal),
      markOf: (path) => folders.markOf(path),
    },
    names: [...typed],
    settleMs: settle,
    sureMarks: false,
    fileOf: (path) => path,
    afterRun: async (_path, _mark, run) => run,
    onHint: (listener) => {
      hint = listener;
    },
    async [Symbol.asyncDispose]() {
      await events?.[Symbol.asyncDispose]();
    },
  };
}

/** Loaded only when they are used. */
async function openEvents(
  { reporter }: Context,
  options: { paths: readonly string[]; output: string; onChange: () => void },
) {
  const { FolderEvents } = await import('../../io/watch/folder-events.js');
  return new FolderEvents({ ...options, onTrouble: (line) => reporter.warn(line) });
}
