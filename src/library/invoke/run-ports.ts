// The adapters of a run (model, form, result and hash) for the use-cases of core/invocation.
import { resolve } from 'node:path';
import type { RunPorts } from '../../core/invocation/run-model.js';
import type { FormField } from '../../core/ports/http.js';
import type { NamedModel, ResultTarget } from '../../core/ports/result.js';
import { ModelHashing } from '../../io/model/model-hash.js';
import { openModel } from '../../io/model/model-source.js';
import { InputFiles } from '../../io/result/replaceable.js';
import { oneFolder, type ResultPlace, ResultPlaces } from '../../io/result/result-place.js';
import { openResultTarget, type TargetOptions } from '../../io/result/result-target.js';
import type { Service } from '../../protocol/repository/service.js';
import type { Ports } from '../client/ports.js';
import { authorizationPorts } from '../consent/authorization-ports.js';
import type { Destination, Model } from './options.js';

export interface RunPortOptions {
  service: Service;
  models: readonly Model[];
  fields: readonly FormField[];
  /** Not for results in memory, which have a target of their own. */
  to: Destination;
  /** True when the hash of the model is needed: for the receipt and the record. */
  hash: boolean;
}

export const nameOf = (model: Model): string => (typeof model === 'string' ? model : model.name);

/** What all runs of a call share. It ends with the call. */
export async function openRunPorts(
  ports: Ports,
  options: RunPortOptions,
): Promise<Omit<RunPorts, 'onProgress'> & AsyncDisposable> {
  const target = targetAt(ports, placesOf(ports, options), options);
  const hashing = new ModelHashing();
  return {
    ...(await authorizationPorts(ports)),
    openModel: modelOpener(ports, options.models),
    async openForm(modelField, fields, model) {
      const { openForm } = await import('../../io/model/form-upload.js');
      return openForm(modelField, fields, model);
    },
    openTarget: (model, signal) => openResultTarget(model, target, signal),
    openHash: options.hash ? (length) => hashing.open(length) : null,
    [Symbol.asyncDispose]: () => hashing[Symbol.asyncDispose](),
  };
}

/** Opens a model by its name: content that the caller has given, otherwise a file. */
function modelOpener({ place, stdin }: Ports, models: readonly Model[]): RunPorts['openModel'] {
  const given = new Map(
    models.flatMap((model) => (typeof model === 'string' ? [] : [[model.name, model.content] as const])),
  );
  return async (path) => {
    const content = given.get(path);
    if (content === undefined)
      return openModel(path === '-' ? path : resolve(place.cwd, path), stdin === null ? {} : { stdin });
    const { openBytes, openStream } = await import('../../io/model/given-model.js');
    return content instanceof Uint8Array ? openBytes(path, content) : openStream(path, content);
  };
}

/** What the destination means for the models of a call. Throws `usage` for an unknown placeholder. */
export function placesOf(
  { place, clock }: Ports,
  { service, models, to }: Pick<RunPortOptions, 'service' | 'models' | 'to'>,
): Pick<ResultPlaces, 'of'> {
  if ('write' in to) return { of: async (): Promise<ResultPlace> => ({ kind: 'stdout' }) };
  const isFolder = 'folder' in to;
  return new ResultPlaces({
    output: isFolder ? null : to.path,
    cwd: isFolder ? resolve(place.cwd, to.folder) : place.cwd,
    several: models.length > 1,
    serviceId: service.id,
    date: dayOf(new Date(clock.now())),
    pid: place.pid,
    isAlive: (pid) => place.isAlive(pid),
  });
}

/** Opens targets in one folder, whose path is absolute, under the names that the service suggests. */
export function targetsIn(
  ports: Ports,
  folder: string,
  options: Pick<RunPortOptions, 'service' | 'models' | 'fields'>,
): (model: NamedModel, signal: AbortSignal) => Promise<ResultTarget> {
  const { pid } = ports.place;
  const places = oneFolder(folder, { pid, isAlive: (id) => ports.place.isAlive(id) });
  const target = targetAt(ports, places, { ...options, to: { folder } });
  return (model, signal) => openResultTarget(model, target, signal);
}

function targetAt(
  { place, reporter }: Ports,
  places: TargetOptions['places'],
  { service, models, fields, to }: Pick<RunPortOptions, 'service' | 'models' | 'fields' | 'to'>,
): TargetOptions {
  const { cwd, umask, pid } = place;
  const files = fields.flatMap((field) => ('file' in field ? [field.file] : []));
  const paths = models.filter((model) => typeof model === 'string').filter((path) => path !== '-');
  return {
    places,
    cwd,
    inputs: new InputFiles([...paths.map((path) => resolve(cwd, path)), ...files]),
    serviceId: service.id,
    force: 'write' in to ? false : (to.replace ?? false),
    umask,
    pid,
    print: async (chunk) => ('write' in to ? to.write(chunk) : undefined),
    note: (line) => reporter.info(line),
  };
}

/** The local date of the person, not the UTC date. */
function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
