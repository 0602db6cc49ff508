// `list` and `repository`: they find services.
import type { Command } from 'commander';
import type { RunAction } from './action.js';
import { examples } from './help-text.js';

export function addListCommand(program: Command, run: RunAction): void {
  program
    .command('list')
    .argument('[query]', 'a service to show in full, or a text to search for')
    .description('list the services of all configured repositories, search them, or show one in full')
    .option('--accepts <type>', 'only services that accept this type, for example IFC_STEP_4')
    .option('--produces <type>', 'only services that produce this type, for example BCF_ZIP_2_1')
    .option('--for <file>', 'only services that accept this model')
    .option('--provider <text>', 'only services of this provider')
    .option('--refresh', 'request the repositories, even when a fresh copy is cached')
    .option('--offline', 'use only the cached copies')
    .option('--columns <names>', 'columns of the table, for example id,provider,address')
    .option('--strict', 'make a bad entry an error')
    .addHelpText(
      'after',
      examples(
        'bimservice list',
        'bimservice list clash',
        'bimservice list --columns id,provider,address',
        'bimservice list --accepts IFC_STEP_4 --produces BCF_ZIP_2_1',
        'bimservice list --repository ./services.json --json',
      ),
    )
    .action(run(async () => (await import('../commands/list.js')).listCommand));
}

export function addRepositoryCommands(program: Command, run: RunAction): void {
  const repository = program
    .command('repository')
    .description('edit the list of repositories')
    .helpCommand(false);
  repository
    .command('add')
    .argument('<location>', 'URL or file')
    .option('--alias <name>', 'short name; the host or file name by default')
    .option('--no-check', 'store it without reading it')
    .description('add a repository, after a look at what it offers')
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
  repository
    .command('check')
    .argument('[repository]', 'alias or location; all by default')
    .description('read the repositories now, and say what each offers or what is wrong with it')
    .addHelpText(
      'after',
      examples('bimservice repository check', 'bimservice repository check example --json'),
    )
    .action(run(async () => (await import('../commands/repository.js')).checkRepositoriesCommand));
}
