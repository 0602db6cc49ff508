// Runs a command line: takes arguments, returns an exit code. The only place where an error becomes text.

import { type Command, CommanderError } from 'commander';
import type { GlobalOptions } from '../context.js';
import { asBimServiceError, errorShape } from '../error-shape.js';
import { BimServiceError } from '../errors.js';
import { openPaint } from '../output/colors.js';
import { errorLines } from '../output/error-lines.js';
import { isInDocument, wasReported } from '../output/reported-errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { before } from '../protocol/text/cut.js';
import { outputJson } from '../protocol/text/json-output.js';
import { columnsOf } from '../protocol/text/wrap.js';
import type { Runtime } from '../runtime.js';
import { redact } from '../secret.js';
import { COMMAND_NAMES, createProgram } from './program.js';
import { namesOf, pathOf, unknownCommand } from './unknown-command.js';
import { meantOption } from './unknown-option.js';

/** Runs one command line (without `node` and the script) and returns its exit code. Never throws. */
export async function run(argv: readonly string[], runtime: Runtime): Promise<number> {
  try {
    warnOfLeaks(runtime);
    const program = createProgram(argv, runtime, run);
    try {
      await program.parseAsync([...argv], { from: 'user' });
      return 0;
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      return await fromCommander(error, program, argv, runtime);
    }
  } catch (error) {
    return report(reasonOf(error, runtime), argv, runtime);
  }
}

/** The reason why the run ended. An abort causes different errors in deeper layers; the reason is in the signal. */
function reasonOf(error: unknown, runtime: Runtime): BimServiceError {
  if (error instanceof BimServiceError) return error;
  const { aborted, reason } = runtime.signal;
  return asBimServiceError(aborted ? reason : error);
}

/** The exit code for a CommanderError; throws a BimServiceError for a person. */
async function fromCommander(
  error: CommanderError,
  program: Command,
  argv: readonly string[],
  runtime: Runtime,
): Promise<number> {
  if (error.exitCode === 0) return 0;
  const { command, rest } = commandIn(program, argv);
  // `program` has only the commands that the line names.
  const names = command === program ? COMMAND_NAMES : namesOf(command);
  if (error.code === 'commander.unknownCommand') throw unknownCommand(rest ?? '', command, names);
  if (error.code === 'commander.help') {
    if (command === program && !argv.includes('--json')) return overview(program, runtime);
    if (!argv.includes('--json')) runtime.stderr.write(`${command.helpInformation()}\n`);
    throw new BimServiceError('usage', `"${pathOf(command)}" needs a command`, {
      hint: `One of: ${names.join(', ')}`,
    });
  }
  const meant = error.code === 'commander.unknownOption' ? meantOption(error.message, command) : '';
  throw new BimServiceError('usage', withoutValues(error), {
    hint: `${meant}See: ${pathOf(command)} --help`,
  });
}

/** The message of commander without what the person typed as a value: it may be a secret that is in the wrong place. */
function withoutValues({ code, message }: CommanderError): string {
  const text = message.replace(/^error: /, '');
  if (code === 'commander.invalidArgument') {
    const [start, end] = [text.indexOf(" argument '"), text.lastIndexOf("' is invalid")];
    if (start !== -1 && end > start)
      return cleanText(`${text.slice(0, start)} argument is invalid${text.slice(end + 12)}`, 400);
  }
  if (code === 'commander.unknownOption') return cleanText(before(text, '='), 120).replace(/[^']$/, "$&'");
  return cleanText(text, 400);
}

/** The command that the words of `argv` name, and the first word that is not a command. */
function commandIn(
  program: Command,
  argv: readonly string[],
): { command: Command; rest: string | undefined } {
  const { operands } = program.parseOptions([...argv]);
  let command = program;
  for (const word of operands) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) return { command, rest: word };
    command = next;
  }
  return { command, rest: undefined };
}

async function overview(program: Command, runtime: Runtime): Promise<number> {
  const [{ Context }, { overviewCommand }] = await Promise.all([
    import('../context.js'),
    import('../commands/overview.js'),
  ]);
  await overviewCommand(await Context.open(runtime, program.opts<GlobalOptions>()));
  return 0;
}

async function report(error: BimServiceError, argv: readonly string[], runtime: Runtime): Promise<number> {
  if (wasReported(error)) return error.exitCode;
  if (argv.includes('--json') && !isInDocument(error)) {
    runtime.stdout.write(`${outputJson({ error: errorShape(error) })}\n`);
  }
  const verbose = argv.includes('-v') || argv.includes('--verbose');
  const { env, stderr } = runtime;
  const paint = await openPaint({ env, stderr, allowed: !argv.includes('--no-color') });
  for (const line of errorLines(error, verbose, { paint, columns: columnsOf(stderr) }))
    runtime.stderr.write(`${line}\n`);
  return error.exitCode;
}

function warnOfLeaks(runtime: Runtime): void {
  const { env } = runtime;
  if (/\b(http|https|undici|net|tls)\b|\*/i.test(env.NODE_DEBUG ?? '')) {
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
