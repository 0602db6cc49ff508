// A service that runs a command of the operator: model in, result file out.

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
  await work.prepare();
  // An empty folder where the command asks for it: each folder takes the disk as much time as two files.
  const workdir = hasPlaceholder(work.argv, 'workdir') ? join(context.folder, 'scratch') : context.folder;
  const output = join(workdir, `result${extname(work.result.fileName)}`);
  const places = { input: context.modelPath, output, workdir, inputType: context.inputType ?? '' };
  const { signal } = context;
  const end = await runCommand(
    {
      runId: context.runId,
      argv: [...work.limiter, ...fillIn(work.argv, places)],
      cwd: work.cwd,
      env: { ...work.env, TMPDIR: workdir },
      folder: context.folder,
      workdir,
      model: context.modelPath,
      output,
      takesStdin: !hasPlaceholder(work.argv, 'input'),
      givesStdout: !hasPlaceholder(work.argv, 'output'),
      timeoutMs: work.timeoutMs,
      maxDiskBytes: work.maxDiskBytes,
    },
    { signal, onProgress: (progress) => context.progress(progress) },
  ).catch((error: unknown) => {
    throw error instanceof CommandNotStarted ? new ServiceError(FAILED, error.message) : error;
  });
  const fault = faultOf(end, work, context.folder);
  if (fault !== null) throw new ServiceError(FAILED, fault);
  return {
    fileName: work.result.fileName,
    contentType: work.result.contentType,
    outputType: work.result.type,
    title: `${words.name} results`,
    body: { path: output, bytes: end.outputBytes ?? 0 },
  };
}

/** `prlimit` is started in the place of the command, and then reports with its path that the command is missing. */
function isNotStarted({ exitCode, lines }: CommandEnd, { limiter }: CommandWork): boolean {
  const isCode = exitCode === 126 || exitCode === 127;
  return limiter.length > 0 && isCode && lines.length === 1 && lines[0]?.startsWith('prlimit: ') === true;
}

/** What went wrong, for the sender; null: nothing. */
function faultOf(end: CommandEnd, work: CommandWork, folder: string): string | null {
  if (isNotStarted(end, work)) {
    return CommandNotStarted.because(end.exitCode === 127 ? 'it was not found' : 'it may not be executed')
      .message;
  }
  const fault = endFault(end, work);
  if (fault === null || end.lines.length === 0) return fault;
  // The folder of the run means nothing to the sender.
  return `${fault}: ${end.lines.join(' | ')}`
    .replaceAll(`${folder}/scratch/`, '')
    .replaceAll(`${folder}/`, '');
}

function endFault(end: CommandEnd, work: CommandWork): string | null {
  if (end.stopped === 'timeout') return `The command took longer than ${spanText(work.timeoutMs ?? 0)}`;
  if (end.stopped === 'disk' || end.exitSignal === 'SIGXFSZ') {
    return `The command wrote more than ${bytesText(work.maxDiskBytes)}`;
  }
  if (end.exitSignal !== null) return `The command was ended by ${end.exitSignal}`;
  if (end.exitCode !== 0) return `The command ended with exit code ${end.exitCode}`;
  return end.outputBytes === null || end.outputBytes === 0 ? 'The command wrote no result' : null;
}
