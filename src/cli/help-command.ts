// `help [COMMAND]`: the help of any command, and an error for an unknown word.
import type { Command } from 'commander';
import { examples } from './help-text.js';
import { unknownCommand } from './unknown-command.js';

/** Replaces commander's own `help`, which prints the help of the program for an unknown command. */
export function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .argument('[command...]', 'a command, for example "repository add"')
    .description('show help for a command')
    .addHelpText('after', examples('bimservice help invoke', 'bimservice help repository add'))
    .action((words: string[]) => commandNamed(program, words).outputHelp());
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
