// `watch`: it sends models when they are saved.
import { type Command, Option } from 'commander';
import { type RunAction, SERVICE } from './action.js';
import { addGateOptions } from './bcf-commands.js';
import { examples } from './help-text.js';
import { collect, durationOption, wholeNumber } from './option-parsers.js';
import { addRunOptions } from './run-options.js';

export function addWatchCommand(program: Command, run: RunAction): void {
  const watch = addRunOptions(
    program
      .command('watch')
      .argument('<service>', SERVICE)
      .argument('[paths...]', 'folders with models (and their subfolders), or models')
      .description('run a service on each new revision of a model')
      .option(
        '-o, --output <dir>',
        'folder of the results: DIR/MODEL/TIME-HASH/, and DIR/MODEL/latest',
        'results',
      )
      .option('--bimserver <url>', 'in the place of folders: watch projects on this BIMserver')
      .option(
        '--project <name>',
        'with --bimserver: name or id of a project; results become extended data of its revisions (repeatable)',
        collect,
      )
      .option(
        '--user <name>',
        'with --bimserver: log in with this name and a password; without it with a token of the user',
      )
      .option('--once', 'run what changed since the last time, then end (for cron)')
      .addOption(
        new Option(
          '--retry <n>',
          'with --once: wait up to n times for a service that ran nothing, and try again; without --once the watch always does',
        )
          .default(0)
          .argParser(wholeNumber('--retry', 0)),
      )
      .option('--always', 'run a model that was saved again also when its content is the same')
      .addOption(
        durationOption('--settle <duration>', 'how long a file must not change before it is read', '2s'),
      )
      .addOption(
        durationOption('--every <duration>', 'how often to look for changes that no event reports', '10s'),
      )
      .option('--no-events', 'do not ask the system for events; only look')
      .option(
        '--on-result <command>',
        'run this command after each run; {model}, {folder}, {result}, {receipt}, {outcome}, {exitCode}, {hash} and {service} are filled in',
      ),
  ).option('--require-result', 'fail when the service works and sends no result (204)');
  addGateOptions(watch)
    .addHelpText(
      'after',
      examples(
        'bimservice watch clash-check models/ -o results/',
        'bimservice watch clash-check models/ -o results/ --once --json',
        "bimservice watch clash-check models/ --on-result 'notify-send {outcome} {model}'",
        "bimservice watch clash-check models/ --fail-on 'topics>0' --report html=topics.html",
        "bimservice watch clash-check --bimserver https://bim.example.org --project 'Town hall'",
      ),
    )
    .action(run(async () => (await import('../commands/watch.js')).watchCommand));
}
