// A service that runs a command of the operator: model in, result file out.

import { mkdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { spanText } from '../../durations.js';
import { bytesText } from '../../protocol/text/clean-text.js';
import {
  type RunContext,
  type ServedService,
  ServiceError,
  type ServiceResult,
} from '../service/served-service.js';
import { fillIn, hasPlaceholder } from './command-line.js';
import { type CommandEnd, CommandNotStarted, type RunCommand } from './command-run.js';
import { fileBytes } from './folder-bytes.js';

/** The code of PROTOCOL 1.6 for an error that a service itself reports. */
const FAILED = 500;

export interface CommandWork {
  /** Its words, with placeholders. Without `{input}` the model is its stdin; without `{output}` its stdout is the result. */
  readonly argv: readonly string[];
  /** Words in front of the command: `prlimit` and its options. */
  readonly limiter: readonly string[];
  /** Awaited before each start; it does its work the first time. */
  prepare(): Promise<void>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ms; null: none. */
  readonly timeoutMs: number | null;
  readonly maxDiskBytes: number;
  readonly result: { readonly type: string; readonly contentType: string; readonly fileName: string };
}

export type ServiceWords = Omit<ServedService, 'run'>;

export function createCommandService(
  words: ServiceWords,
  work: CommandWork,
  runCommand: RunCommand,
): ServedService {
  return { ...words, run: (_model, context) => run(words, work, context, runCommand) };
}

async function run(
  words: ServiceWords,
  work: CommandWork,
  context: RunContext,
  runCommand: RunCommand,
): Promise<ServiceResult> {
  const workdir = join(context.folder, 'scratch');
  const [model] = await Promise.all([stat(context.modelPath), mkdir(workdir), work.prepare()]);
  if (model.size === 0) throw new ServiceError(FAILED, 'The model is empty');
  const output = join(workdir, `result${extname(work.result.fileName)}`);
  const places = { input: context.modelPath, output, workdir, inputType: context.inputType ?? '' };
  const end = await start(work, context, runCommand, {
    // The model is in the folder too, and the command has not written it.
    maxDiskBytes: work.maxDiskBytes + fileBytes(model),
    argv: [...work.limiter, ...fillIn(work.argv, places)],
    stdin: hasPlaceholder(work.argv, 'input') ? null : context.modelPath,
    stdout: hasPlaceholder(work.argv, 'output') ? null : output,
    workdir,
  });
  if (isNotStarted(end, work))
    throw notStarted(end.exitCode === 127 ? 'it was not found' : 'it may not be executed');
  const fault = faultOf(end, work);
  if (fault !== undefined) throw new ServiceError(FAILED, withLines(fault, end.lines, context.folder));
  const written = await stat(output).catch(() => null);
  if (written === null || !written.isFile() || written.size === 0) {
    throw new ServiceError(FAILED, withLines('The command wrote no result', end.lines, context.folder));
  }
  return {
    fileName: work.result.fileName,
    contentType: work.result.contentType,
    outputType: work.result.type,
    title: `${words.name} results`,
    body: { path: output, bytes: written.size },
  };
}

interface Started {
  readonly argv: readonly string[];
  readonly stdin: string | null;
  readonly stdout: string | null;
  readonly workdir: string;
  readonly maxDiskBytes: number;
}

async function start(
  work: CommandWork,
  context: RunContext,
  runCommand: RunCommand,
  { argv, stdin, stdout, workdir, maxDiskBytes }: Started,
): Promise<CommandEnd> {
  try {
    return await runCommand(
      {
        argv,
        stdin,
        stdout,
        cwd: work.cwd,
        runId: context.runId,
        env: { ...work.env, TMPDIR: workdir },
        folder: context.folder,
        timeoutMs: work.timeoutMs,
        maxDiskBytes,
      },
      { signal: context.signal, onProgress: (progress) => context.progress(progress) },
    );
  } catch (error) {
    throw error instanceof CommandNotStarted ? notStarted(error.message) : error;
  }
}

/** The sender cannot do anything about it, but should know that the model is not at fault. */
function notStarted(reason: string): ServiceError {
  return new ServiceError(FAILED, `The command of this service cannot be started: ${reason}`);
}

/** `prlimit` is started in the place of the command, and then reports with its path that the command is missing. */
function isNotStarted({ exitCode, lines }: CommandEnd, { limiter }: CommandWork): boolean {
  const isCode = exitCode === 126 || exitCode === 127;
  return limiter.length > 0 && isCode && lines.length === 1 && lines[0]?.startsWith('prlimit: ') === true;
}

function faultOf(end: CommandEnd, work: CommandWork): string | undefined {
  if (end.stopped === 'timeout') return `The command took longer than ${spanText(work.timeoutMs ?? 0)}`;
  if (end.stopped === 'disk' || end.exitSignal === 'SIGXFSZ') {
    return `The command wrote more than ${bytesText(work.maxDiskBytes)}`;
  }
  if (end.exitSignal !== null) return `The command was ended by ${end.exitSignal}`;
  return end.exitCode === 0 ? undefined : `The command ended with exit code ${end.exitCode}`;
}

/** Removes the folder of a run, which means nothing to the sender. */
function withLines(fault: string, lines: readonly string[], folder: string): string {
  if (lines.length === 0) return fault;
  return `${fault}: ${lines.join(' | ')}`.replaceAll(`${folder}/scratch/`, '').replaceAll(`${folder}/`, '');
}
