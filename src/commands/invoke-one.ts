// One model of an `invoke`: from the file on the disk to the result beside it, its line and its receipt.
import { basename, dirname, isAbsolute } from 'node:path';
import type { Context } from '../context.js';
import { type Invocation, invoke } from '../core/invocation/invoke.js';
import { prepareInvocation } from '../core/invocation/prepare-invocation.js';
import type { ModelSource } from '../core/ports/model.js';
import { BimServiceError } from '../errors.js';
import type { ModelHashing } from '../io/model/model-hash.js';
import { openModel } from '../io/model/model-source.js';
import { writeReceipt } from '../io/result/receipt.js';
import { openResultTarget, type TargetOptions } from '../io/result/result-target.js';
import { asBimServiceError, errorLines, errorShape } from '../output/error-lines.js';
import { safeFileName } from '../protocol/invocation/result-name.js';
import type { Service } from '../protocol/repository/service.js';
import { bytesText, cleanText } from '../protocol/text/clean-text.js';
import { dryRun } from './dry-run.js';
import { authorizationPorts } from './shared/authorization-ports.js';
import { startProgress } from './shared/progress.js';
import { type WireFlags, wireOptions } from './shared/wire-options.js';

export interface InvokeFlags extends WireFlags {
  output?: string;
  force?: boolean;
  inputType?: string;
  wait?: number;
  dryRun?: boolean;
  allowEmpty?: boolean;
  receipt: boolean;
  keepRejected?: boolean;
}

/** What is the same for all models of a run. */
interface RunFlags extends InvokeFlags {
  /** It is the only one. */
  alone: boolean;
  hashing: ModelHashing;
}

export interface OneResult {
  error: BimServiceError | null;
}

/** Sends one model and tells how it fared; a failure is told and returned, never thrown. */
export async function invokeOne(
  context: Context,
  service: Service,
  file: string,
  flags: RunFlags,
): Promise<OneResult> {
  const startedAt = context.runtime.clock.now();
  using stop = ownSignal(context.runtime.signal);
  const run: { model: ModelSource | null; inputType: string | null; url: string } = {
    model: null,
    inputType: null,
    url: service.resourceUrl,
  };
  let done: Invocation | null = null;
  let failure: BimServiceError | null = null;
  try {
    stop.signal.throwIfAborted();
    const { stdin } = context.runtime;
    await using model = await openModel(file === '-' ? file : context.path(file), { stdin });
    run.model = model;
    done = await send(context, service, model, flags, run, stop.signal);
    failure = done?.error ?? null;
    // What is saved stays; the person asked to stop all the same, and a script must not go on.
    if (failure === null) stop.signal.throwIfAborted();
  } catch (error) {
    failure = asBimServiceError(error);
    failure.service ??= service.id;
    failure.outcome ??= done?.outcome ?? 'not-sent';
  }
  if (done === null && failure === null) return { error: null };
  const line = lineOf(service, file, run, done, failure);
  const receipt =
    flags.receipt && done !== null
      ? await saveReceipt(context, service, flags, file, line, done, startedAt)
      : null;
  await tell(context, file, line, done, failure, flags.alone);
  if (receipt) context.reporter.debug(`receipt: ${receipt}`);
  return { error: failure };
}

async function send(
  context: Context,
  service: Service,
  model: ModelSource,
  flags: RunFlags,
  run: { inputType: string | null; url: string },
  signal: AbortSignal,
): Promise<Invocation | null> {
  const { runtime, reporter, environmentToken } = context;
  const ports = await authorizationPorts(context);
  const allowEmpty = flags.allowEmpty ?? false;
  const prepared = await prepareInvocation(
    {
      service,
      model,
      inputType: flags.inputType ?? null,
      allowEmpty,
      environmentToken,
      insecure: context.options.insecure ?? false,
    },
    ports,
    signal,
  );
  run.inputType = prepared.inputType;
  run.url = prepared.url;
  const wire = await wireOptions(context, service, prepared, flags);
  if (flags.dryRun) {
    await dryRun(context, service, prepared, wire, flags.field ?? []);
    return null;
  }
  await using target = await openResultTarget(targetOptions(context, flags, signal));
  const progress = await startProgress(context, cleanText(basename(model.path), 40), flags.alone);
  try {
    return await invoke(
      {
        service,
        prepared,
        target,
        resultWanted: flags.output !== undefined && !isFolder(flags.output),
        expect: flags.expect ?? null,
        ...wire,
        waitMs: flags.wait ?? null,
        allowEmpty,
        keepRejected: flags.keepRejected ?? false,
      },
      {
        http: ports.http,
        store: ports.store,
        clock: runtime.clock,
        reporter,
        onProgress: (step) => progress.update(step),
        // The receipt and the line of --json tell it, and nothing else.
        openHash: flags.receipt || context.json ? (length) => flags.hashing.open(length) : null,
      },
      signal,
    );
  } finally {
    progress.stop();
  }
}

/** The reason of an abort comes to tell what became of a model, so each model has a reason of its own. */
function ownSignal(signal: AbortSignal): Disposable & { signal: AbortSignal } {
  const own = new AbortController();
  const abort = () => {
    const { code, message } = asBimServiceError(signal.reason);
    own.abort(new BimServiceError(code, message));
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return {
    signal: own.signal,
    [Symbol.dispose]: () => signal.removeEventListener('abort', abort),
  };
}

function targetOptions(
  context: Context,
  { output, force = false }: InvokeFlags,
  signal: AbortSignal,
): TargetOptions {
  const { cwd, umask, pid, isAlive, stdout } = context.runtime;
  const absolute = (path: string) => (/[/\\]$/.test(path) ? `${context.path(path)}/` : context.path(path));
  return {
    output: output === undefined || output === '-' ? (output ?? null) : absolute(output),
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
    signal,
  };
}

const isFolder = (output: string) => /[/\\]$/.test(output) || output === '.' || output === '..';

/** The `--json` line (schemas/invoke-output.schema.json), which is also the main part of the receipt. */
function lineOf(
  service: Service,
  file: string,
  run: { model: ModelSource | null; inputType: string | null; url: string },
  done: Invocation | null,
  failure: BimServiceError | null,
): object {
  return {
    service: { id: service.id, resourceUrl: run.url },
    outcome: done?.outcome ?? failure?.outcome ?? 'not-sent',
    input: {
      path: file,
      bytes: done?.sentBytes ?? run.model?.length ?? null,
      sha256: done?.sentSha256 ?? null,
      type: run.inputType,
    },
    output: done?.output ?? null,
    contextId: done?.contextId ?? null,
    http: { status: done?.status ?? null },
    timing: done?.timing ?? { uploadMs: null, waitMs: null, downloadMs: null },
    error: failure === null ? null : errorShape(failure),
  };
}

async function saveReceipt(
  context: Context,
  service: Service,
  flags: InvokeFlags,
  file: string,
  line: object,
  done: Invocation,
  startedAt: number,
): Promise<string | null> {
  const { runtime } = context;
  const result = done.output?.path ?? null;
  if (done.outcome === 'not-sent' || (result !== null && !isAbsolute(result))) return null;
  const folder =
    flags.output === undefined || flags.output === '-'
      ? runtime.cwd
      : isFolder(flags.output)
        ? context.path(flags.output)
        : dirname(context.path(flags.output));
  const stem = `${safeFileName(file === '-' ? 'stdin' : file) ?? 'model'}.${service.id.replaceAll('/', '-')}`;
  const path =
    result === null
      ? { folder, name: `${stem}.run.json` }
      : { folder: dirname(result), name: `${basename(result)}.run.json` };
  try {
    const document = {
      ...line,
      tool: 'bimservice',
      version: runtime.version,
      startedAt: new Date(startedAt).toISOString(),
    };
    return await writeReceipt({ ...path, replace: result !== null }, document, runtime);
  } catch (error) {
    context.reporter.warn(`no receipt was written: ${asBimServiceError(error).message}`);
    return null;
  }
}

async function tell(
  context: Context,
  file: string,
  line: object,
  done: Invocation | null,
  failure: BimServiceError | null,
  alone: boolean,
): Promise<void> {
  if (context.json) await context.printJson(line);
  else if (done?.output && done.output.path !== '-') await context.print(`${done.output.path}\n`);
  if (failure === null) {
    const { output } = done ?? {};
    const what = [output?.type, output && bytesText(output.bytes), output?.title].filter(Boolean).join(', ');
    if (output) context.reporter.info(`${cleanText(file)}: done (${what})`);
    return;
  }
  const [first = '', ...rest] = errorLines(failure, context.options.verbose ?? false);
  const lines = [alone ? first : `${cleanText(file)}: ${first}`, ...rest];
  for (const text of lines) context.runtime.stderr.write(`${text}\n`);
}
