// `help [COMMAND|TOPIC]`: the help of a command or a page, and an error for an unknown word.
import type { Command } from 'commander';
import type { Runtime } from '../runtime.js';
import { examples } from './help-text.js';
import { unknownCommand } from './unknown-command.js';

/** Replaces commander's own `help`, which prints the help of the program for an unknown command. */
export function addHelpCommand(program: Command, runtime: Runtime): void {
  program
    .helpCommand(false)
    .command('help')
    .argument('[command...]', 'a command, for example "repository add", or one of the pages below')
    .description('show help for a command')
    .addHelpText(
      'after',
      `
Pages:
  exit-codes          how a command can end
  environment         variables that it reads
  repository-format   what a list of services looks like
${examples('bimservice help invoke', 'bimservice help repository add', 'bimservice help exit-codes')}`,
    )
    .action(async (words: string[]) => {
      const [topic] = words;
      if (topic !== undefined && words.length === 1) {
        const { helpTopic } = await import('./help-topics.js');
        const page = helpTopic(topic, runtime.stdout.columns || 80);
        if (page !== undefined) return void runtime.stdout.write(`${page}\n`);
      }
      commandNamed(program, words).outputHelp();
    });
}

function commandNamed(program: Command, words: readonly string[]): Command {
  let found = program;
  for (const word of words) {
    const next = found.commands.find((command) => command.name() === word);
    if (next === undefined) throw unknownCommand(word, found);
    found = next;
  }
  return found;
}
