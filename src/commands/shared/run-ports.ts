// The adapters of a run (model, form, result and hash) for the use-cases of core/invocation.
import type { Context } from '../../context.js';
import type { RunPorts } from '../../core/invocation/run-model.js';
import type { FormField } from '../../core/ports/http.js';
import { ModelHashing } from '../../io/model/model-hash.js';
import { openModel } from '../../io/model/model-source.js';
import { InputFiles } from '../../io/result/replaceable.js';
import { oneFolder, ResultPlaces } from '../../io/result/result-place.js';
import { openResultTarget, type TargetOptions } from '../../io/result/result-target.js';
import type { Service } from '../../protocol/repository/service.js';
import { authorizationPorts } from './authorization-ports.js';

export interface RunPortOptions {
  service: Service;
  /** The models as named. */
  paths: readonly string[];
  fields: readonly FormField[];
  /** `-o` as typed. */
  output: string | undefined;
  force: boolean;
  /** True when the hash of the model is needed: only the receipt and the document of `--json` show it. */
  hash: boolean;
}

/** What all runs of a command share. It ends with the command. */
export async function openRunPorts(
  context: Context,
  options: RunPortOptions,
): Promise<Omit<RunPorts, 'onProgress'> & AsyncDisposable> {
  const target = targetAt(context, placesOf(context, options), options);
  const { stdin } = context.runtime;
  const hashing = new ModelHashing();
  return {
    ...(await authorizationPorts(context)),
    openModel: (path) => openModel(path === '-' ? path : context.path(path), { stdin }),
    async openForm(modelField, fields, model) {
      const { openForm } = await import('../../io/model/form-upload.js');
      return openForm(modelField, fields, model);
    },
    openTarget: (model, signal) => openResultTarget(model, target, signal),
    openHash: options.hash ? (length) => hashing.open(length) : null,
    [Symbol.asyncDispose]: () => hashing[Symbol.asyncDispose](),
  };
}

/** What `-o` means for the models of a command. Throws `usage` for an unknown placeholder. */
export function placesOf(context: Context, options: RunPortOptions): ResultPlaces {
  const { cwd, pid, isAlive, clock } = context.runtime;
  const { service, paths, output } = options;
  return new ResultPlaces({
    output: output ?? null,
    cwd,
    several: paths.length > 1,
    serviceId: service.id,
    date: dayOf(new Date(clock.now())),
    pid,
    isAlive,
  });
}

/** Opens targets in one folder, whose path is absolute, under the names that the service suggests. */
export function targetsIn(
  context: Context,
  folder: string,
  options: Pick<RunPortOptions, 'service' | 'paths' | 'fields'>,
): RunPorts['openTarget'] {
  const target = targetAt(context, oneFolder(folder, context.runtime), { ...options, force: false });
  return (model, signal) => openResultTarget(model, target, signal);
}

function targetAt(
  context: Context,
  places: TargetOptions['places'],
  { service, paths, fields, force }: Pick<RunPortOptions, 'service' | 'paths' | 'fields' | 'force'>,
): TargetOptions {
  const { cwd, umask, pid, stdout } = context.runtime;
  const files = fields.flatMap((field) => ('file' in field ? [field.file] : []));
  const models = paths.filter((path) => path !== '-').map((path) => context.path(path));
  return {
    places,
    cwd,
    inputs: new InputFiles([...models, ...files]),
    serviceId: service.id,
    force,
    umask,
    pid,
    print: (chunk) =>
      new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      }),
    note: (line) => context.reporter.info(line),
  };
}

/** The local date of the person, not the UTC date. */
function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
