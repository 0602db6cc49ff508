// `completion`, and the hidden command that its scripts call.
import { Argument, type Command } from 'commander';
import type { Context } from '../context.js';
import type { Action, RunAction } from './action.js';
import { examples } from './help-text.js';

/** The command that the scripts call; it prints what may follow, and never an error. */
export const COMPLETE = '__complete';

export function addCompletionCommand(program: Command, run: RunAction): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish', 'powershell']))
    .description('print a script that completes commands, options and services with Tab')
    .addHelpText(
      'after',
      examples(
        'source <(bimservice completion bash)          # in ~/.bashrc',
        'source <(bimservice completion zsh)           # in ~/.zshrc, after compinit',
        'bimservice completion fish > ~/.config/fish/completions/bimservice.fish',
        'bimservice completion powershell | Out-String | Invoke-Expression   # in $PROFILE',
      ),
    )
    .action(
      run(async () => {
        const { SCRIPTS } = await import('./completion/scripts.js');
        return (context: Context, [shell = '']: string[]) => context.print(SCRIPTS[shell] ?? '');
      }),
    );
}

export function addCompleteCommand(program: Command, run: RunAction): void {
  program
    .command(COMPLETE, { hidden: true })
    .argument('[words...]')
    .action((...all: unknown[]) => {
      const [words] = all;
      takeGlobalOptions(program, Array.isArray(words) ? words : []);
      return run(loadCompletion)(...all);
    });

  async function loadCompletion(): Promise<Action<object>> {
    const [{ suggest }, { knownNames }] = await Promise.all([
      import('./completion/suggest.js'),
      import('../commands/completion.js'),
    ]);
    return async (context, words) => {
      const { candidates, names, files } = suggest(program, words);
      const known = names === null ? [] : await knownNames(context, names);
      const start = words.at(-1) ?? '';
      const all = [...candidates, ...known.filter(({ value }) => value.startsWith(start))];
      const lines = all.map(({ value, description }) => `${value}\t${description}\n`);
      await context.print(`${lines.join('')}${files ? ':files\n' : ''}`);
    };
  }
}

/** `--repository` and its like on the line that is being typed count for its completion, too. */
function takeGlobalOptions(program: Command, words: readonly string[]): void {
  try {
    program.parseOptions([...words]);
  } catch {
    // The line is not finished: an option may still have no value.
  }
}
