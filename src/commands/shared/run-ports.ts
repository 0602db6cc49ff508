// The adapters of a run: model, form, result and hash, for the use-cases of core/invocation.
import type { Context } from '../../context.js';
import type { RunPorts } from '../../core/invocation/run-model.js';
import { ModelHashing } from '../../io/model/model-hash.js';
import { openModel } from '../../io/model/model-source.js';
import { openResultTarget, type TargetOptions } from '../../io/result/result-target.js';
import { authorizationPorts } from './authorization-ports.js';

export interface RunPortOptions {
  /** `-o` as typed. */
  output: string | undefined;
  force: boolean;
  /** The receipt and the line of `--json` show the hash of the model, and nothing else does. */
  hash: boolean;
}

/** What all runs of a command share; it ends with the command. */
export async function openRunPorts(
  context: Context,
  { output, force, hash }: RunPortOptions,
): Promise<Omit<RunPorts, 'onProgress'> & AsyncDisposable> {
  const { stdin } = context.runtime;
  const hashing = new ModelHashing();
  const target = targetOptions(context, output, force);
  return {
    ...(await authorizationPorts(context)),
    openModel: (path) => openModel(path === '-' ? path : context.path(path), { stdin }),
    async openForm(modelField, fields, model) {
      const { openForm } = await import('../../io/model/form-upload.js');
      return openForm(modelField, fields, model);
    },
    openTarget: (signal) => openResultTarget(target, signal),
    openHash: hash ? (length) => hashing.open(length) : null,
    [Symbol.asyncDispose]: () => hashing[Symbol.asyncDispose](),
  };
}

function targetOptions(context: Context, output: string | undefined, force: boolean): TargetOptions {
  const { cwd, umask, pid, isAlive, stdout } = context.runtime;
  return {
    output: output === undefined || output === '-' ? (output ?? null) : absolute(context, output),
    folder: cwd,
    force,
    umask,
    pid,
    isAlive,
    print: (chunk) =>
      new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      }),
    note: (line) => context.reporter.info(line),
  };
}

/** Keeps the slash at the end: it says that a folder is meant. */
function absolute(context: Context, path: string): string {
  return /[/\\]$/.test(path) ? `${context.path(path)}/` : context.path(path);
}
