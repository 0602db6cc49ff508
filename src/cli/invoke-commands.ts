// `invoke` and `demo`: they send models.
import { type Command, Option } from 'commander';
import type { DemoFlags } from '../commands/demo.js';
import type { Context } from '../context.js';
import { type RunAction, type RunLine, SERVICE } from './action.js';
import { addGateOptions } from './bcf-commands.js';
import { examples } from './help-text.js';
import { wholeNumber } from './option-parsers.js';
import { addRunOptions } from './run-options.js';

export function addInvokeCommand(program: Command, run: RunAction): void {
  const invoke = addRunOptions(
    program
      .command('invoke')
      .argument('<service>', SERVICE)
      .argument('<files...>', 'models, or patterns in quotes; - reads stdin')
      .description('step 4: send models to a service and save the results')
      .option(
        '-o, --output <target>',
        'file, folder, - for stdout, or a template of {model} {name} {stem} {ext} {service} {date} (default: the current folder)',
      )
      .option(
        '--force',
        'replace the file of -o; of files that the service names, only earlier results of the same service',
      ),
  )
    .option('--dry-run', 'show the request and send nothing')
    .option('--no-receipt', 'write no receipt (RESULT.run.json)')
    .option(
      '--skip-done',
      'skip a model whose receipt shows the same content, service and settings, and whose result is unchanged',
    )
    .option('--fail-fast', 'start no further model after one that failed')
    .addOption(
      new Option(
        '--retry <n>',
        'send a model again up to n times where nothing ran: not reached, 429, or 503 with Retry-After or before the whole model was sent',
      )
        .default(0)
        .argParser(wholeNumber('--retry', 0)),
    )
    .option('--require-result', 'fail when the service works and sends no result (204)');
  addGateOptions(invoke)
    .addHelpText(
      'after',
      examples(
        'bimservice invoke clash-check model.ifc',
        'bimservice invoke clash-check *.ifc -o results/ --jobs 4 --json',
        "bimservice invoke clash-check 'models/**/*.ifc' -o results/ --retry 3 --fail-fast",
        "bimservice invoke clash-check *.ifc -o 'results/{model}/{name}'",
        "bimservice invoke clash-check model.ifc --fail-on 'status=Open,priority>=Major'",
        'BIMSERVICE_TOKEN=... bimservice invoke https://bim.example.org/services/17 model.ifc --expect BCF_ZIP_2_1',
      ),
    )
    .action(run(async () => (await import('../commands/invoke.js')).invokeCommand));
}

export function addDemoCommand(program: Command, run: RunAction, runLine: RunLine): void {
  program
    .command('demo')
    .description('run the whole chain on this machine: a provider, a consent, a model, a result')
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
}
