// `doctor`: finds out what is wrong.
import type { Command } from 'commander';
import { type RunAction, SERVICE } from './action.js';
import { examples } from './help-text.js';

export function addDoctorCommand(program: Command, run: RunAction): void {
  program
    .command('doctor')
    .argument('[service]', `${SERVICE}; by default all for which something is stored`)
    .description('find out what is wrong: store, lists, network, proxy, TLS, clock, registration, token')
    .option('--bundle <file>', 'write the findings to this file too, without secrets, for the provider')
    .addHelpText(
      'after',
      examples(
        'bimservice doctor',
        'bimservice doctor clash-check',
        'bimservice doctor clash-check --bundle report.json',
      ),
    )
    .action(run(async () => (await import('../commands/doctor.js')).doctorCommand));
}
