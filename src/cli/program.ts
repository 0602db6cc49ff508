// The command tree: names, options and help. A command's own code is loaded when that command runs.
import { Command, Option } from 'commander';
import type { DemoFlags } from '../commands/demo.js';
import type { Context, GlobalOptions } from '../context.js';
import { BimServiceError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { examples, HELP } from './help-text.js';
import { collect, durationOption, portNumber, positiveInteger } from './option-parsers.js';

/** What a command's file exports. Commander has checked and parsed the options that `Options` describes. */
type Action<Options> = (context: Context, args: string[], options: Options) => Promise<void>;

/** Runs a whole command line, as the demo does for each of its steps. */
export type RunLine = (argv: readonly string[], runtime: Runtime) => Promise<number>;

/** Builds the tree. Exit codes travel as BimServiceErrors; help and version as commander's own. */
export function createProgram(runtime: Runtime, runLine: RunLine): Command {
  const program = new Command('bimservice')
    .description('Send building models (IFC) to BIM services and file what comes back (BCF, JSON, IFC).')
    .version(runtime.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option(
      '-r, --repository <location>',
      'read services from this URL, file or - instead of the stored repositories (repeatable)',
      collect,
    )
    .option(
      '--base-url <url>',
      'replace the site address that a list tells wrongly (server behind a proxy, in a container)',
    )
    .option('--config-dir <dir>', 'keep configuration and credentials here')
    .option('--json', 'print exactly one JSON document on stdout, also on failure')
    .option('-q, --quiet', 'say only what matters')
    .option('-v, --verbose', 'tell requests, replies and causes; secrets are left out')
    .option('--no-input', 'ask nothing')
    .option('--no-color', 'no colours')
    .option('--ca-file <file>', 'trust these certificates (PEM) too')
    .option('--insecure', 'allow plain http to hosts other than this machine')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', HELP)
    .showSuggestionAfterError();

  const run =
    <Options extends object>(load: () => Promise<Action<Options>>) =>
    async (...all: unknown[]) => {
      const command = all.at(-1);
      if (!(command instanceof Command))
        throw new BimServiceError('internal', 'commander called an action without its command');
      const [{ Context }, action] = await Promise.all([import('../context.js'), load()]);
      const context = await Context.open(runtime, command.optsWithGlobals<GlobalOptions>());
      await action(context, command.args, command.opts<Options>());
    };

  program
    .command('list')
    .argument('[service]', 'show this one in full')
    .description('list the services of all configured repositories, or show one in full')
    .option('--accepts <type>', 'only services that take this type, for example IFC_STEP_4')
    .option('--produces <type>', 'only services that give this type, for example BCF_ZIP_2_1')
    .option('--for <file>', 'only services that take this model')
    .option('--provider <text>', 'only services of this provider')
    .option('--refresh', 'ask the repositories, even where a fresh copy is at hand')
    .option('--offline', 'use only the copies at hand')
    .option('--strict', 'make a bad entry an error')
    .addHelpText(
      'after',
      examples(
        'bimservice list',
        'bimservice list --accepts IFC_STEP_4 --produces BCF_ZIP_2_1',
        'bimservice list --repository ./services.json --json',
      ),
    )
    .action(run(async () => (await import('../commands/list.js')).listCommand));

  const repository = program
    .command('repository')
    .description('keep the list of repositories')
    .helpCommand(false);
  repository
    .command('add')
    .argument('<location>', 'URL or file')
    .option('--alias <name>', 'short name; the host or file name by default')
    .description('add a repository')
    .addHelpText(
      'after',
      examples(
        'bimservice repository add https://bim.example.org/servicelist --alias example',
        'bimservice repository add https://bim.example.org/servicelist --base-url https://bim.example.org',
      ),
    )
    .action(run(async () => (await import('../commands/repository.js')).addRepositoryCommand));
  repository
    .command('remove')
    .argument('<repository>', 'alias or location')
    .description('remove a repository')
    .addHelpText('after', examples('bimservice repository remove example'))
    .action(run(async () => (await import('../commands/repository.js')).removeRepositoryCommand));
  repository
    .command('list')
    .description('show the repositories in use')
    .addHelpText('after', examples('bimservice repository list --json'))
    .action(run(async () => (await import('../commands/repository.js')).listRepositoriesCommand));

  withClient(program.command('register').argument('<service>', SERVICE))
    .description('step 1: introduce this installation to the server of a service, once')
    .option('--force', 'register again, even where a good registration is stored')
    .addHelpText(
      'after',
      examples(
        'bimservice register clash-check',
        'bimservice register clash-check --client-name "Site office 3" --force',
      ),
    )
    .action(run(async () => (await import('../commands/register.js')).registerCommand));

  withClient(program.command('authorize').argument('<service>', SERVICE))
    .description('step 2: consent in the browser; registers first if needed and stores the token (step 3)')
    .option('--no-browser', 'print the address and open nothing')
    .option('--browser <command>', 'open the address with this command')
    .option('--paste', 'ask for the code, or for the address that the browser ended at (for SSH)')
    .addOption(
      new Option(
        '--device',
        'give the consent on another device, with a code (where the server offers it)',
      ).conflicts(['paste', 'user']),
    )
    .addOption(
      new Option(
        '--user <name>',
        'BIMserver: log in with a password from the terminal or stdin, without a browser',
      ).conflicts('paste'),
    )
    .option('--configuration <name>', "with --user: which of the user's configurations of the service")
    .option('-y, --yes', 'agree to addresses on several hosts')
    .addOption(durationOption('--wait <duration>', 'how long to wait for the consent', '5m'))
    .addHelpText(
      'after',
      examples(
        'bimservice authorize clash-check',
        'bimservice authorize clash-check --no-browser --paste',
        'bimservice authorize clash-check --device',
        'pass show bimserver | bimservice authorize ifc-validator --user ada@example.org',
      ),
    )
    .action(run(async () => (await import('../commands/authorize.js')).authorizeCommand));

  program
    .command('token')
    .argument('<service>', SERVICE)
    .description('step 3: print the access token, or obtain, refresh or store one')
    .addOption(
      new Option('--code <->', 'read an authorization code from stdin and exchange it').choices(['-']),
    )
    .addOption(
      new Option('--set <->', 'read a token from stdin and store it').choices(['-']).conflicts('code'),
    )
    .addOption(new Option('--refresh', 'get a new token with the refresh token').conflicts(['code', 'set']))
    .addOption(
      new Option('--export', 'print the credentials as one line for a pipeline').conflicts([
        'code',
        'set',
        'refresh',
      ]),
    )
    .option('--passphrase', 'with --export: read a passphrase from stdin and encrypt with it')
    .addOption(
      new Option('--import <->', 'read such a line from stdin and store it')
        .choices(['-'])
        .conflicts(['code', 'set', 'refresh', 'export']),
    )
    .addHelpText(
      'after',
      examples(
        'TOKEN=$(bimservice token clash-check)',
        'pass show clash-check | bimservice token clash-check --set -',
        'bimservice token clash-check --export > credentials.txt',
      ),
    )
    .action(run(async () => (await import('../commands/token.js')).tokenCommand));

  const config = program.command('config').description('settings that are not secret').helpCommand(false);
  config
    .command('set')
    .argument('<name>', 'store')
    .argument('<value>', 'files or keyring')
    .description(
      'choose where credentials are kept: in files of your own, or in the keyring of the operating system',
    )
    .addHelpText('after', examples('bimservice config set store keyring'))
    .action(run(async () => (await import('../commands/config.js')).setConfigCommand));
  config
    .command('get')
    .argument('<name>', 'store')
    .description('show a setting')
    .addHelpText('after', examples('bimservice config get store'))
    .action(run(async () => (await import('../commands/config.js')).getConfigCommand));

  program
    .command('status')
    .argument('[service]', SERVICE)
    .description('show what is registered and authorized, until when, and from which source')
    .addOption(
      durationOption('--fail-if-expires-in <duration>', 'end with 4 where a token ends within this time'),
    )
    .addHelpText(
      'after',
      examples('bimservice status', 'bimservice status clash-check --fail-if-expires-in 14d'),
    )
    .action(run(async () => (await import('../commands/status.js')).statusCommand));

  program
    .command('logout')
    .argument('<service>', SERVICE)
    .description('forget the token of a service')
    .option('--registration', 'forget the registration at its server too')
    .addHelpText(
      'after',
      examples('bimservice logout clash-check', 'bimservice logout clash-check --registration'),
    )
    .action(run(async () => (await import('../commands/logout.js')).logoutCommand));

  program
    .command('invoke')
    .argument('<service>', SERVICE)
    .argument('<files...>', 'models; - reads stdin')
    .description('step 4: send models to a service and save the results')
    .option('-o, --output <target>', 'file, folder or - for the result (default: the current folder)')
    .option('--force', 'replace an existing result')
    .option('--input-type <type>', 'send this type, whatever the model looks like')
    .option('--expect <type>', 'accept only this type of result, for example BCF_ZIP_2_1')
    .option(
      '--field <name=value>',
      'a further part of the form, for services that take forms; NAME=@FILE for a file (repeatable)',
      collect,
    )
    .option('--context-id <id>', 'send this Context-Id (a context that an earlier run returned)')
    .addOption(
      new Option(
        '--flow <flow>',
        'take the result in the answer (sync), or over the websocket of the server with live progress (async)',
      )
        .choices(['sync', 'async', 'auto'])
        .default('auto'),
    )
    .addOption(durationOption('--wait <duration>', 'longest time the service may work (default: no limit)'))
    .addOption(
      new Option('--jobs <n>', 'send this many models at once')
        .default(1)
        .argParser(positiveInteger('--jobs')),
    )
    .option('--dry-run', 'show the request and send nothing')
    .option('--allow-empty', 'send an empty model, accept an empty result')
    .option('--no-receipt', 'write no receipt (RESULT.run.json)')
    .option('--keep-rejected', 'keep an answer that is not accepted as RESULT.rejected')
    .addHelpText(
      'after',
      examples(
        'bimservice invoke clash-check model.ifc',
        'bimservice invoke clash-check *.ifc -o results/ --jobs 4 --json',
        'BIMSERVICE_TOKEN=... bimservice invoke clash-check model.ifc --expect BCF_ZIP_2_1',
      ),
    )
    .action(run(async () => (await import('../commands/invoke.js')).invokeCommand));

  program
    .command('demo')
    .description('run the whole chain on this machine: a provider of our own, a consent, a model, a result')
    .option('--no-browser', 'give the consent without a browser')
    .option('--browser <command>', 'open the consent page with this command')
    .option('-o, --output <dir>', 'folder for the model and the result', 'bimservice-demo')
    .addHelpText('after', examples('bimservice demo', 'bimservice demo --no-browser'))
    .action(
      run(async () => {
        const { demoCommand } = await import('../commands/demo.js');
        return (context: Context, args: string[], flags: DemoFlags) =>
          demoCommand(context, args, flags, runLine);
      }),
    );

  for (const command of [program, ...program.commands, ...repository.commands, ...config.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void runtime.stdout.write(text),
      writeErr: () => {},
      getOutHelpWidth: () => runtime.stdout.columns || 80,
    });
  }
  return program;
}

const SERVICE = 'id, name, beginning of either, or resource URL';

function withClient(command: Command): Command {
  return command
    .option('--client-name <name>', 'name this installation registers under')
    .option('--client-description <text>', 'what this installation is')
    .option('--client-url <url>', 'where to read about this installation')
    .option('--client-icon <url>', 'icon for the consent page')
    .addOption(
      new Option('--port <n>', 'port of the redirect address (default: one that is free)').argParser(
        portNumber,
      ),
    );
}
