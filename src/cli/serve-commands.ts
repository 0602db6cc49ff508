// `serve` and its operator's commands.
import { type Command, Option } from 'commander';
import type { OperatorFlags } from '../commands/serve/operator.js';
import { BimServiceError } from '../errors.js';
import type { RunAction } from './action.js';
import { examples } from './help-text.js';
import { collect, durationOption } from './option-parsers.js';

/** The README's steps use it. */
const PORT = 8765;

export function addServeCommands(program: Command, run: RunAction): void {
  const serve = program
    .command('serve')
    .argument(
      '[config]',
      'file of services; without it and --exec the built-in check is served, for practice',
    )
    .description('be a provider: offer local commands as BIM services');
  addServeOptions(serve).action(run(async () => (await import('../commands/serve/serve.js')).serveCommand));
  addOperatorCommands(serve, run);
}

function addServeOptions(serve: Command): Command {
  return serve
    .option(
      '--exec <command>',
      'serve this command: {input}, {output}, {inputType} and {workdir} are filled in',
    )
    .option('--name <name>', 'with --exec: name of the service (default: name of the program)')
    .option('--description <text>', 'with --exec: what the service does')
    .option(
      '--input <type>',
      'with --exec: a type of model that it takes (repeatable; default: any)',
      collect,
    )
    .option('--output-type <type>', 'with --exec: type of its result, for example BCF_ZIP_2_1')
    .option('--result-name <name>', 'with --exec: file name of its result')
    .addOption(durationOption('--timeout <duration>', 'with --exec: longest time of a run (default: 1h)'))
    .addOption(sizeOption('--max-bytes <size>', 'with --exec: largest model, for example 500MB'))
    .addOption(sizeOption('--memory <size>', 'with --exec: most memory of its processes, each (Linux)'))
    .addOption(countOption('--concurrency <n>', 'with --exec: runs at the same time (default: 1)'))
    .option('--env <name>', 'with --exec: pass this environment variable on (repeatable)', collect)
    .option('--check', 'check the file or the command and serve nothing')
    .addOption(portOption('--port <n>', 'port to listen on; 0 takes a free one'))
    .option(
      '--host <address>',
      'address to listen on; another than of this machine itself needs users',
      '127.0.0.1',
    )
    .option('--public-url <url>', 'address that clients use, where a proxy stands in front')
    .option('--tls-cert <file>', 'certificate for https (PEM); read again when it changes')
    .option('--tls-key <file>', 'its key')
    .option(
      '--data <dir>',
      'keep clients, tokens, users and runs here (default: the data folder of the platform)',
    )
    .addOption(
      durationOption(
        '--token-life <duration>',
        'how long a token lives (default: 8h; 365 days for a BIMserver, which cannot refresh one)',
      ),
    )
    .option(
      '--allow-redirect-host <host>',
      'let a BIMserver at this host, or host:port, get its code by http (repeatable; https needs no permission)',
      collect,
    )
    .addOption(
      countOption('--queue <n>', 'how many runs may wait and run; more are refused with 503').default(1000),
    )
    .addOption(
      new Option('--log <form>', 'form of the log on stderr').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      examples(
        'bimservice serve',
        'bimservice serve services.json --check',
        "bimservice serve --exec 'python -m ifctester -r Bcf -o {output} rules.ids {input}' --name 'IDS check' --output-type BCF_ZIP_2_1",
      ),
    );
}

function addOperatorCommands(serve: Command, run: RunAction): void {
  type Operator = typeof import('../commands/serve/operator.js');
  // --data is an option of `serve`, wherever it stands on the line.
  const act = (name: Exclude<keyof Operator, 'default'>) =>
    run(async () => {
      const operator = await import('../commands/serve/operator.js');
      return (context, args) => operator[name](context, args, serve.opts<OperatorFlags>());
    });
  serve
    .command('user')
    .argument('<action>', 'add, list or remove', oneOf('add', 'list', 'remove'))
    .argument('[name]', 'name of the user')
    .description('people who may give consent; add reads the password from the terminal or stdin')
    .action(act('userCommand'));
  serve
    .command('client')
    .argument('<action>', 'list or revoke', oneOf('list', 'revoke'))
    .argument('[id]', 'id of the client')
    .description('programs that have registered')
    .action(act('clientCommand'));
  serve
    .command('token')
    .argument('<action>', 'list or revoke', oneOf('list', 'revoke'))
    .argument('[id]', 'id of the token as list shows it, or - for the token itself on stdin')
    .description('tokens that were issued')
    .action(act('tokenCommand'));
  serve
    .command('backup')
    .argument('<file>', 'a new file')
    .description('copy the database, also while the server runs')
    .action(act('backupCommand'));
}

function oneOf(...words: string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new BimServiceError('usage', `${text} is not one of: ${words.join(', ')}`);
  };
}

function portOption(flags: string, description: string): Option {
  return new Option(flags, description).default(PORT).argParser((text) => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
    throw new BimServiceError('usage', '--port takes a number from 0 to 65535');
  });
}

function countOption(flags: string, description: string): Option {
  const [name] = flags.split(' ');
  return new Option(flags, description).argParser((text) => {
    if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
    throw new BimServiceError('usage', `${name} takes a whole number from 1`);
  });
}

const UNIT = { B: 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const;

function sizeOption(flags: string, description: string): Option {
  const [name] = flags.split(' ');
  return new Option(flags, description).argParser((text) => {
    const [, amount, unit = 'B'] = /^(\d+(?:\.\d+)?) ?([KMGT]?)B?$/i.exec(text) ?? [];
    const factor = Object.entries(UNIT).find(([letter]) => letter === (unit.toUpperCase() || 'B'))?.[1];
    if (amount !== undefined && factor !== undefined && Number(amount) * factor >= 1)
      return Math.floor(Number(amount) * factor);
    throw new BimServiceError('usage', `${name} takes a size such as 500MB`);
  });
}
