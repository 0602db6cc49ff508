// The command of `--on-result`, with the placeholders of one result filled in.
import { join } from 'node:path';
import type { Context } from '../../context.js';
import type { WatchEvent } from '../../core/watch/watch-events.js';
import { BimServiceError, messageOf, systemErrorCode } from '../../errors.js';
import { runResultCommand } from '../../io/watch/result-command.js';
import { fillIn, splitCommand, unknownPlaceholders } from '../../serve/runs/command-line.js';

type Result = Extract<WatchEvent, { event: 'result' }>;

interface Places {
  /** Paths are absolute, so that no word of them looks like an option. */
  model: string;
  folder: string;
  /** Empty where the service had nothing to report, or failed. */
  result: string;
  receipt: string;
  outcome: string;
  exitCode: string;
  hash: string;
  service: string;
}

const NAMES: ReadonlySet<string> = new Set([
  'model',
  'folder',
  'result',
  'receipt',
  'outcome',
  'exitCode',
  'hash',
  'service',
] satisfies Array<keyof Places>);

/** Runs the command for a result in the folder of results `output`. Resolves with its exit code, or null when a signal ended it. */
export type OnResult = (result: Result, output: string) => Promise<number | null>;

/** Throws `usage` for a line that cannot be used. */
export function openOnResult(context: Context, line: string): OnResult {
  const argv = resultCommand(line);
  return (result, output) => runOnResult(context, argv, result, output);
}

function resultCommand(line: string): string[] {
  let argv: string[];
  try {
    argv = splitCommand(line);
  } catch (error) {
    throw new BimServiceError('usage', `--on-result cannot be split into words: ${messageOf(error)}`);
  }
  if (argv.length === 0) throw new BimServiceError('usage', '--on-result is empty');
  const unknown = unknownPlaceholders(argv, NAMES);
  if (unknown.length === 0) return argv;
  throw new BimServiceError('usage', `--on-result has the unknown placeholder {${unknown[0]}}`, {
    hint: `These exist: ${[...NAMES].map((name) => `{${name}}`).join(' ')}`,
  });
}

/** A failure is a warning. */
async function runOnResult(
  context: Context,
  argv: readonly string[],
  { path, hash, folder, run }: Result,
  output: string,
): Promise<number | null> {
  const { record, error, receipt } = run;
  const words = fillIn<Places>(argv, {
    model: path,
    folder: join(output, folder),
    result: record.output?.path ?? '',
    receipt: receipt ?? '',
    outcome: record.outcome,
    exitCode: String(error?.exitCode ?? 0),
    hash,
    service: record.service.id,
  });
  const { runtime, reporter } = context;
  // A command of others gets no token that is in the environment.
  const env = Object.fromEntries(
    Object.entries(runtime.env).filter(([name]) => !name.startsWith('BIMSERVICE_')),
  );
  try {
    const code = await runResultCommand(
      {
        argv: words,
        cwd: runtime.cwd,
        env,
        onOutput: (chunk) => context.withoutDisplay(() => void runtime.stderr.write(chunk)),
      },
      runtime.processes,
      runtime.signal,
    );
    if (code !== 0 && !runtime.signal.aborted)
      reporter.warn(`--on-result for ${path} ended with ${code === null ? 'a signal' : `exit code ${code}`}`);
    return code;
  } catch (failure) {
    const why = systemErrorCode(failure) === 'ENOENT' ? 'it was not found' : messageOf(failure);
    reporter.warn(`--on-result cannot be started: ${why}`);
    return null;
  }
}
