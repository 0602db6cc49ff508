// The command tree: names, options and help. A command's own code is loaded when that command runs.
import { type Argument, Command } from 'commander';
import type { GlobalOptions } from '../context.js';
import { asBimServiceError } from '../error-shape.js';
import { BimServiceError } from '../errors.js';
import { errorLines } from '../output/error-lines.js';
import { wasReported } from '../output/reported-errors.js';
import type { Runtime } from '../runtime.js';
import type { Action, RunAction, RunLine } from './action.js';
import { addBcfCommand } from './bcf-commands.js';
import { addCompleteCommand, addCompletionCommand, COMPLETE } from './completion-commands.js';
import {
  addAuthorizeCommand,
  addConfigCommands,
  addLogoutCommand,
  addRegisterCommand,
  addStatusCommand,
  addTokenCommand,
} from './credential-commands.js';
import { addDoctorCommand } from './doctor-command.js';
import { exitCodesOf } from './exit-codes.js';
import { addHelpCommand } from './help-command.js';
import { HELP } from './help-text.js';
import { addDemoCommand, addInvokeCommand } from './invoke-commands.js';
import { addListCommand, addRepositoryCommands } from './list-commands.js';
import { collect } from './option-parsers.js';
import { addServeCommands, addWorkerCommand } from './serve-commands.js';
import { pathOf } from './unknown-command.js';
import { addWatchCommand } from './watch-commands.js';

/** What declares each command, in the order of the help. */
const COMMANDS: Readonly<Record<string, (program: Command, run: RunAction, runLine: RunLine) => void>> = {
  list: addListCommand,
  repository: addRepositoryCommands,
  register: addRegisterCommand,
  authorize: addAuthorizeCommand,
  token: addTokenCommand,
  config: addConfigCommands,
  status: addStatusCommand,
  logout: addLogoutCommand,
  invoke: addInvokeCommand,
  demo: addDemoCommand,
  watch: addWatchCommand,
  bcf: addBcfCommand,
  serve: addServeCommands,
  worker: addWorkerCommand,
  doctor: addDoctorCommand,
  completion: addCompletionCommand,
  [COMPLETE]: addCompleteCommand,
};

/** The commands that people type. */
export const COMMAND_NAMES: readonly string[] = [
  ...Object.keys(COMMANDS).filter((name) => name !== COMPLETE),
  'help',
];

/**
 * Builds the tree for a command line: all commands where the line asks for help, else only those that it names.
 * Declaring all takes as long as running a short one. Throws a BimServiceError, or a CommanderError for help, version and usage.
 */
export function createProgram(argv: readonly string[], runtime: Runtime, runLine: RunLine): Command {
  const named = argv.findIndex((word) => Object.hasOwn(COMMANDS, word));
  const help = argv.findIndex((word) => ['help', '--help', '-h'].includes(word));
  const isAll = (help !== -1 && (named === -1 || help < named)) || argv.includes(COMPLETE);
  const program = new Command('bimservice')
    .description('Send building models (IFC) to BIM services and save the results (BCF, JSON, IFC).')
    .version(runtime.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .option(
      '-r, --repository <location>',
      'read services from this URL, file or - instead of the stored repositories (repeatable)',
      collect,
    )
    .option(
      '--base-url <url>',
      'replace a wrong site address in a list (server behind a proxy, in a container)',
    )
    .option('--config-dir <dir>', 'keep configuration and credentials here')
    .option('--json', 'print one JSON document on stdout, also on failure; for several models one line each')
    .option('-q, --quiet', 'print less')
    .option('-v, --verbose', 'log requests, responses and causes with times, without secrets')
    .option('--log-file <file>', 'append a log with times to this file: all that --verbose shows')
    .option('--no-input', 'ask nothing')
    .option('--no-color', 'no colors')
    .option('--ca-file <file>', 'trust these certificates (PEM) too')
    .option('--insecure', 'allow plain http to hosts other than this machine')
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: 20,
      // `[options]` says nothing, and takes the width of the descriptions.
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .addHelpText('after', HELP)
    .addHelpText('afterAll', ({ command }) => exitCodesOf(pathOf(command).replace(/^bimservice ?/, '')))
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void runtime.stdout.write(text),
      writeErr: () => {},
      getOutHelpWidth: () => runtime.stdout.columns || 80,
      // Our output has no colors; commander would open the streams to find out.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });

  const run =
    <Options extends object>(load: () => Promise<Action<Options>>) =>
    async (...all: unknown[]) => {
      const command = all.at(-1);
      if (!(command instanceof Command))
        throw new BimServiceError('internal', 'commander called an action without its command');
      const [{ Context }, action] = await Promise.all([import('../context.js'), load()]);
      const context = await Context.open(runtime, command.optsWithGlobals<GlobalOptions>());
      try {
        await action(context, command.args, command.opts<Options>());
        if (context.isNoticed && command.name() !== COMPLETE) {
          const { updateNotice } = await import('../commands/shared/update-notice.js');
          await updateNotice(context);
        }
      } catch (error) {
        const failure = asBimServiceError(error);
        const { completeHint } = await import('../commands/shared/next-step.js');
        completeHint(failure, context);
        if (!wasReported(failure)) context.reporter.logOnly(errorLines(failure, true).join('\n'));
        throw error;
      }
    };

  for (const [name, add] of Object.entries(COMMANDS)) {
    if (isAll || argv.includes(name)) add(program, run, runLine);
  }
  addHelpCommand(program, runtime);
  return program;
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}
