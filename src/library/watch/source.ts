// Where a watch gets its models from: folders, or projects on a BIMserver.
import { resolve } from 'node:path';
import type { ModelRun } from '../../core/invocation/run-model.js';
import type { ModelFolders } from '../../core/ports/watch.js';
import { BimServiceError } from '../../errors.js';
import { fileMarkAt } from '../../io/watch/file-mark.js';
import { WatchedFolders } from '../../io/watch/model-folders.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { Ports } from '../client/ports.js';
import type { WatchedProjects } from './open-projects.js';

export interface SourceOptions {
  /** Files and folders, as named; for folders only. */
  paths: readonly string[];
  /** Projects in the place of folders. */
  projects: WatchedProjects | null;
  once: boolean;
  /** False: folders are looked at every few seconds only. */
  events: boolean;
  settleMs: number;
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

/** Throws `model-unreadable` for a path that is not there: at the start that is a mistake, later it is a share that is away. */
export async function checkPaths({ place }: Ports, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if ((await fileMarkAt(resolve(place.cwd, path))) !== null) continue;
    throw new BimServiceError('model-unreadable', `there is no file or folder ${cleanText(path)}`, {
      hint: 'Name the folder in which the models are saved.',
    });
  }
}

/** Opens the folders, or logs in at the server. `output`: the folder of results, absolute. */
export async function openSource(
  ports: Ports,
  options: SourceOptions,
  results: { output: string; service: Service },
): Promise<Source> {
  const { projects } = options;
  return projects === null
    ? openFolders(ports, options, results.output)
    : openServer(ports, projects, results);
}

async function openServer(
  ports: Ports,
  projects: WatchedProjects,
  results: { output: string; service: Service },
): Promise<Source> {
  const { openProjects } = await import('./open-projects.js');
  const { source, addResult } = await openProjects(ports, projects, results);
  return {
    models: source,
    names: projects.names.map((name) => `${name} at ${projects.server}`),
    settleMs: 0,
    sureMarks: true,
    fileOf: (path, mark) => source.fileOf(path, mark),
    afterRun: addResult,
    onHint: () => {},
    async [Symbol.asyncDispose]() {},
  };
}

async function openFolders(
  ports: Ports,
  { paths: named, once, events: asksForEvents, settleMs }: SourceOptions,
  output: string,
): Promise<Source> {
  const paths = named.map((path) => resolve(ports.place.cwd, path));
  const folders = new WatchedFolders(paths, output);
  let hint = () => {};
  let generation: number | null = null;
  const events =
    once || !asksForEvents ? null : await openEvents(ports, { paths, output, onChange: () => hint() });
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
    names: [...named],
    settleMs,
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
  { reporter }: Ports,
  options: { paths: readonly string[]; output: string; onChange: () => void },
) {
  const { FolderEvents } = await import('../../io/watch/folder-events.js');
  return new FolderEvents({ ...options, onTrouble: (line) => reporter.warn(line) });
}
