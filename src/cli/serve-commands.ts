// `serve` and its operator's commands.
import { type Command, Help, Option } from 'commander';
import type { NatsFlags } from '../commands/serve/nats-link.js';
import type { OperatorFlags } from '../commands/serve/operator.js';
import { BimServiceError } from '../errors.js';
import type { RunAction } from './action.js';
import { examples } from './help-text.js';
import { collect, positiveDurationOption, sizeOption } from './option-parsers.js';

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

export function addWorkerCommand(program: Command, run: RunAction): void {
  const worker = program
    .command('worker')
    .argument('[config]', 'file of services, as for serve; without it and --exec the built-in check')
    .description('do the runs of services on this machine, for front ends (serve --nats) on others');
  addNatsOptions(addExecOptions(worker))
    .option('--data <dir>', 'keep the folders of runs here (default: the data folder of the platform)')
    .addOption(logOption())
    .addHelpText(
      'after',
      examples('bimservice worker services.json --nats nats://192.0.2.7:4222,nats://192.0.2.8:4222'),
    )
    .action(run(async () => (await import('../commands/serve/worker.js')).workerCommand));
}

function logOption(): Option {
  return new Option('--log <form>', 'form of the log on stderr').choices(['text', 'json']).default('text');
}

function addNatsOptions(command: Command): Command {
  return command
    .option(
      '--nats <urls>',
      'work together with other machines over NATS at these addresses, for example nats://192.0.2.7:4222',
    )
    .option('--nats-creds <file>', 'with --nats: credentials of the user (a .creds file)')
    .option('--nats-ca <file>', 'with --nats: trust these certificates (PEM)')
    .option('--nats-cert <file>', 'with --nats: own certificate (PEM)')
    .option('--nats-key <file>', 'with --nats: its key')
    .addOption(
      new Option('--nats-name <name>', 'with --nats: beginning of all names there')
        .default('bimservice')
        .argParser((text) => {
          if (/^[A-Za-z0-9_-]{1,32}$/.test(text)) return text;
          throw new BimServiceError('usage', '--nats-name takes letters, digits, _ and -, 32 at most');
        }),
    )
    .addOption(
      new Option(
        '--nats-replicas <n>',
        'with --nats: nodes that hold each record (default: 3 in a cluster)',
      ).argParser((text) => {
        if (/^[135]$/.test(text)) return Number(text);
        throw new BimServiceError('usage', '--nats-replicas takes 1, 3 or 5');
      }),
    )
    .option(
      '--shared-folder <dir>',
      'with --nats: a folder that all front ends and workers see; large models and results go through it',
    );
}

function addServeOptions(serve: Command): Command {
  return addNatsOptions(addExecOptions(serve))
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
      positiveDurationOption(
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
      countOption(
        '--attempts <n>',
        'with --nats: how many workers may begin a run before it is given up',
      ).default(3),
    )
    .addOption(logOption())
    .addHelpText(
      'after',
      examples(
        'bimservice serve',
        'bimservice serve services.json --check',
        "bimservice serve --exec 'python -m ifctester -r Bcf -o {output} rules.ids {input}' --name 'IDS check' --output-type BCF_ZIP_2_1",
      ),
    );
}

function addExecOptions(command: Command): Command {
  return command
    .option(
      '--exec <command>',
      'serve this command: {input}, {output}, {inputType} and {workdir} are filled in',
    )
    .option('--name <name>', 'with --exec: name of the service (default: name of the program)')
    .option('--description <text>', 'with --exec: what the service does')
    .addOption(
      new Option(
        '--input <type>',
        'with --exec: a type of model that it takes (repeatable; default: any)',
      ).argParser((text, earlier: string[] | undefined) => collect(typeName('--input', text), earlier)),
    )
    .addOption(
      new Option(
        '--output-type <type>',
        'with --exec: type of its result, for example BCF_ZIP_2_1',
      ).argParser((text) => typeName('--output-type', text)),
    )
    .addOption(
      new Option('--result-name <name>', 'with --exec: file name of its result').argParser((text) => {
        if (/^[^/\\\p{Cc}]+$/u.test(text)) return text;
        throw new BimServiceError('usage', '--result-name takes the name of a file without a folder');
      }),
    )
    .addOption(
      positiveDurationOption('--timeout <duration>', 'with --exec: longest time of a run (default: 1h)'),
    )
    .addOption(sizeOption('--max-bytes <size>', 'with --exec: largest model, for example 500MB'))
    .addOption(sizeOption('--memory <size>', 'with --exec: most memory of its processes, each (Linux)'))
    .addOption(countOption('--concurrency <n>', 'with --exec: runs at the same time (default: 1)'))
    .addOption(
      new Option('--env <name>', 'with --exec: pass this environment variable on (repeatable)').argParser(
        (text, earlier: string[] | undefined) => {
          if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return collect(text, earlier);
          throw new BimServiceError('usage', '--env takes the name of a variable, without its value');
        },
      ),
    );
}

/** What the schema of a file of services says of a type: it is sent in a header. */
function typeName(option: string, text: string): string {
  if (/^[!-~]+( [!-~]+)*$/.test(text)) return text;
  throw new BimServiceError('usage', `${option} takes the name of a type, such as IFC_STEP_4 or BCF_ZIP_2_1`);
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
    .command('jobs')
    .argument('<action>', 'list, dead or forget', oneOf('list', 'dead', 'forget'))
    .description('with --nats: runs that wait and run, and those that were given up')
    .action(
      run(async () => {
        const { jobsCommand } = await import('../commands/serve/jobs.js');
        return (context, args) => jobsCommand(context, args, serve.opts<NatsFlags>());
      }),
    );
  serve
    .command('backup')
    .argument('<file>', 'a new file')
    .description('copy the database, also while the server runs')
    .action(act('backupCommand'));
  for (const command of serve.commands) showOnly(command, serve, /^--(?:data|nats)/);
}

/** Of the options of `serve` its own commands need few, and the help of a command shows no others. */
function showOnly(command: Command, serve: Command, needed: RegExp): void {
  const all = Object.assign(new Help(), { showGlobalOptions: true });
  command.configureHelp({
    ...command.configureHelp(),
    visibleGlobalOptions: (asked) =>
      all
        .visibleGlobalOptions(asked)
        .filter((option) => !serve.options.includes(option) || needed.test(option.long ?? '')),
  });
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
