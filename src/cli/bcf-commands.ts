// `bcf`: reads results. The options of gates and comparison are those of `invoke`, too.
import { type Command, Option } from 'commander';
import type { RunAction } from './action.js';
import { examples } from './help-text.js';
import { collect, wordList } from './option-parsers.js';
import { reportOption } from './report-option.js';

/** Adds the options of gates, comparison and reports to a command. */
export function addGateOptions(command: Command): Command {
  return command
    .option(
      '--fail-on <gate>',
      "end with 10 when the result has this: 'topics>0', 'status=Open,priority>=Major', 'new>0', '/summary/failed>0' (repeatable)",
      collect,
    )
    .option(
      '--baseline <file>',
      'compare with this earlier result, its receipt, or the receipts in this folder',
    )
    .addOption(
      new Option('--priority-order <words>', 'the words of priority for --fail-on, lowest first').argParser(
        wordList('--priority-order'),
      ),
    )
    .addOption(
      new Option(
        '--closed-status <words>',
        'the words of status that count as closed for --fail-on',
      ).argParser(wordList('--closed-status')),
    )
    .addOption(reportOption());
}

export function addBcfCommand(program: Command, run: RunAction): void {
  const bcf = program
    .command('bcf')
    .argument('<results...>', 'BCF files, or patterns; with --fail-on also JSON files')
    .description('show the topics of BCF results, check them with gates, compare them with an earlier result')
    .addOption(
      new Option('--format <format>', 'how to print the topics (default: table)').choices([
        'table',
        'markdown',
        'csv',
      ]),
    )
    .option('--snapshots <dir>', 'save the pictures of the topics in this folder');
  addGateOptions(bcf)
    .addHelpText(
      'after',
      examples(
        'bimservice bcf results/clashes.bcf',
        'bimservice bcf results/*.bcf --format csv',
        "bimservice bcf clashes.bcf --fail-on 'status=Open,priority>=Major'",
        "bimservice bcf clashes.bcf --baseline last/clashes.bcf --fail-on 'new>0'",
        'bimservice bcf results/*.bcf --report html=topics.html --report junit=topics.xml',
        "bimservice bcf report.json --fail-on '/summary/failed>0'",
      ),
    )
    .action(run(async () => (await import('../commands/bcf.js')).bcfCommand));
}
