// One entry, one exit: arguments in, an exit code out. The only place where an error becomes text.
import { CommanderError } from 'commander';
import { BimServiceError } from '../errors.js';
import { asBimServiceError, errorLines, errorShape } from '../output/error-lines.js';
import { wasReported } from '../output/reported-errors.js';
import type { Runtime } from '../runtime.js';
import { redact } from '../secret.js';
import { createProgram } from './program.js';

/** Runs one command line (without `node` and the script) and returns its exit code (DESIGN, exit codes). Never throws. */
export async function run(argv: readonly string[], runtime: Runtime): Promise<number> {
  try {
    warnOfLeaks(runtime);
    await createProgram(argv, runtime, run).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return fromCommander(error, argv, runtime);
    return tell(reasonOf(error, runtime), argv, runtime);
  }
}

/** What ended the run: an abort shows as many things deep down, but its reason is what the person did. */
function reasonOf(error: unknown, runtime: Runtime): BimServiceError {
  if (error instanceof BimServiceError) return error;
  const { aborted, reason } = runtime.signal;
  return asBimServiceError(aborted ? reason : error);
}

function fromCommander(error: CommanderError, argv: readonly string[], runtime: Runtime): number {
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') {
    // `bimservice` or `bimservice repository` alone: the help is what the person needs, and it has been asked for.
    return 0;
  }
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  const known =
    error.code === 'commander.unknownCommand' ? undefined : argv.find((word) => /^[a-z]+$/.test(word));
  const hint = `See: bimservice ${known ? `${known} ` : ''}--help`;
  return tell(new BimServiceError('usage', message, { hint }), argv, runtime);
}

function tell(error: BimServiceError, argv: readonly string[], runtime: Runtime): number {
  if (wasReported(error)) return error.exitCode;
  if (argv.includes('--json')) {
    runtime.stdout.write(`${JSON.stringify({ error: errorShape(error) })}\n`);
  }
  const verbose = argv.includes('-v') || argv.includes('--verbose');
  for (const line of errorLines(error, verbose)) runtime.stderr.write(`${line}\n`);
  return error.exitCode;
}

function warnOfLeaks(runtime: Runtime): void {
  const { env } = runtime;
  if (/\b(http|https|undici|net|tls)\b/i.test(env.NODE_DEBUG ?? '')) {
    runtime.stderr.write(
      'warning: NODE_DEBUG makes Node print requests with their secrets; unset it outside of a test\n',
    );
  }
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    runtime.stderr.write(
      redact(
        'warning: NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off; use --ca-file instead\n',
      ),
    );
  }
}
