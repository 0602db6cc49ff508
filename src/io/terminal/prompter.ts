// Questions to a person, on stderr, through @inquirer/prompts; never where nobody can answer.

import type { Prompter } from '../../core/ports/terminal.js';
import { BimServiceError } from '../../errors.js';

/** A Prompter; without a terminal every question is a `input-needed` error that names no secret. */
export function createPrompter(interactive: boolean, stderr: NodeJS.WritableStream): Prompter {
  return {
    interactive,
    async askSecret(question, signal) {
      needTerminal(interactive, question);
      const { password } = await import('@inquirer/prompts');
      // Pasted codes and addresses are secrets: shown as stars, so that a shoulder or a recording does not have them.
      return asked(password({ message: question, mask: '*' }, { output: stderr, signal }), signal);
    },
    async confirm(question, signal) {
      needTerminal(interactive, question);
      const { confirm } = await import('@inquirer/prompts');
      return asked(confirm({ message: question, default: false }, { output: stderr, signal }), signal);
    },
    async choose(question, choices, signal) {
      needTerminal(interactive, question);
      const { select } = await import('@inquirer/prompts');
      const options = choices.map((name, value) => ({ name, value }));
      return asked(select({ message: question, choices: options }, { output: stderr, signal }), signal);
    },
  };
}

function needTerminal(interactive: boolean, question: string): void {
  if (!interactive) {
    throw new BimServiceError('input-needed', `'${question}' cannot be asked: there is no terminal`, {
      hint: 'Give the answer as an option or on stdin; see --help.',
    });
  }
}

/** Inquirer turns Ctrl-C and an abort into errors of its own; ours say what really happened. */
async function asked<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === 'ExitPromptError')
      throw new BimServiceError('interrupted', 'interrupted');
    throw error;
  }
}
