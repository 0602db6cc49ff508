// Asks a person on stderr, through @inquirer/prompts. Fails when there is no terminal.

import type { Prompter } from '../../core/ports/terminal.js';
import { BimServiceError } from '../../errors.js';

/** A Prompter. Without a terminal every question is an `input-needed` error that contains no secret. */
export function createPrompter(interactive: boolean, stderr: NodeJS.WritableStream): Prompter {
  return {
    async askSecret(question, signal) {
      needTerminal(interactive, question);
      const { password } = await import('@inquirer/prompts');
      // Pasted codes and addresses are secrets. They are shown as stars, to protect them from onlookers and recordings.
      return ask(password({ message: question, mask: '*' }, { output: stderr, signal }), signal);
    },
    async confirm(question, signal, byDefault = false) {
      needTerminal(interactive, question);
      const { confirm } = await import('@inquirer/prompts');
      return ask(confirm({ message: question, default: byDefault }, { output: stderr, signal }), signal);
    },
    async choose(question, choices, signal) {
      needTerminal(interactive, question);
      const { select } = await import('@inquirer/prompts');
      const options = choices.map((name, value) => ({ name, value }));
      return ask(select({ message: question, choices: options }, { output: stderr, signal }), signal);
    },
  };
}

function needTerminal(interactive: boolean, question: string): void {
  if (!interactive) {
    throw new BimServiceError('input-needed', `'${question}' cannot be asked: there is no terminal`, {
      hint: 'Give the value as an option or on stdin; see --help.',
    });
  }
}

/** Inquirer turns Ctrl-C and an abort into its own errors. This throws the real reason instead. */
async function ask<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === 'ExitPromptError')
      throw new BimServiceError('interrupted', 'interrupted');
    throw error;
  }
}
