// `register`, `authorize`, `token`, `config`, `status` and `logout`: the credentials of this installation.
import { type Command, Option } from 'commander';
import { type RunAction, SERVICE } from './action.js';
import { examples } from './help-text.js';
import { durationOption, portNumber } from './option-parsers.js';

export function addRegisterCommand(program: Command, run: RunAction): void {
  withClient(program.command('register').argument('<service>', SERVICE))
    .description('part of step 2: register this installation at the server of a service, once')
    .option('--force', 'register again, even when a valid registration is stored')
    .addHelpText(
      'after',
      examples(
        'bimservice register clash-check',
        'bimservice register clash-check --client-name "Site office 3" --force',
      ),
    )
    .action(run(async () => (await import('../commands/register.js')).registerCommand));
}

export function addAuthorizeCommand(program: Command, run: RunAction): void {
  withClient(program.command('authorize').argument('<service>', SERVICE))
    .description('step 2: consent in the browser; registers first if needed and stores the token (step 3)')
    .option('--no-browser', 'print the address and open nothing')
    .option('--browser <command>', 'open the address with this command')
    .option('--paste', 'ask for the code, or for the final address of the browser (for SSH)')
    .addOption(
      new Option(
        '--device',
        'give the consent on another device, with a code (if the server supports it)',
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
}

export function addTokenCommand(program: Command, run: RunAction): void {
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
    .option('--output <file>', 'with --export: write them to this file, for your account only')
    .option('--passphrase', 'with --export: read a passphrase from stdin and encrypt with it')
    .addOption(
      new Option('--import <->', 'read such a line from stdin and store it')
        .choices(['-'])
        .conflicts(['code', 'set', 'refresh', 'export']),
    )
    .option('-y, --yes', 'with --code: agree to addresses on several hosts')
    .addHelpText(
      'after',
      examples(
        'TOKEN=$(bimservice token clash-check)',
        'pass show clash-check | bimservice token clash-check --set -',
        'bimservice token clash-check --export --output credentials.txt',
        'pass show robot | bimservice token https://bim.example.org/services/17 --set -',
      ),
    )
    .action(run(async () => (await import('../commands/token.js')).tokenCommand));
}

export function addConfigCommands(program: Command, run: RunAction): void {
  const config = program.command('config').description('settings that are not secret').helpCommand(false);
  config
    .command('set')
    .argument('<name>', 'store or updateNotice')
    .argument('<value>', 'files or keyring; true or false')
    .description(
      'set where credentials are kept (store: files, or the keyring of the operating system), or whether a newer version is reported (updateNotice: true or false)',
    )
    .addHelpText(
      'after',
      examples('bimservice config set store keyring', 'bimservice config set updateNotice false'),
    )
    .action(run(async () => (await import('../commands/config.js')).setConfigCommand));
  config
    .command('get')
    .argument('<name>', 'store or updateNotice')
    .description('show a setting')
    .addHelpText('after', examples('bimservice config get store'))
    .action(run(async () => (await import('../commands/config.js')).getConfigCommand));
}

export function addStatusCommand(program: Command, run: RunAction): void {
  program
    .command('status')
    .argument('[service]', SERVICE)
    .description('show what is registered and authorized, until when, and from which source')
    .option('--all', 'show the services without credentials too')
    .addOption(
      durationOption(
        '--fail-if-expires-in <duration>',
        'exit with 4 when there is no token, or one ends within this time and only a person can get another',
      ),
    )
    .addHelpText(
      'after',
      examples(
        'bimservice status',
        'bimservice status --all',
        'bimservice status clash-check --fail-if-expires-in 14d',
      ),
    )
    .action(run(async () => (await import('../commands/status.js')).statusCommand));
}

export function addLogoutCommand(program: Command, run: RunAction): void {
  program
    .command('logout')
    .argument('[service]', SERVICE)
    .description('delete the token of a service, and revoke it where the server supports that')
    .option('--registration', 'delete the registration at the server too')
    .option('--all', 'delete every stored token and registration, also of services that no list names')
    .addHelpText(
      'after',
      examples(
        'bimservice logout clash-check',
        'bimservice logout clash-check --registration',
        'bimservice logout --all',
      ),
    )
    .action(run(async () => (await import('../commands/logout.js')).logoutCommand));
}

function withClient(command: Command): Command {
  return command
    .option('--client-name <name>', 'name under which this installation registers')
    .option('--client-description <text>', 'what this installation is')
    .option('--client-url <url>', 'where to read about this installation')
    .option('--client-icon <url>', 'icon for the consent page')
    .addOption(
      new Option('--port <n>', 'port of the redirect address (default: any free port)').argParser(portNumber),
    );
}
