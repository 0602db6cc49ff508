// Messages of the library, as lines for a person.
import type { Context } from '../../context.js';
import type { Reporter } from '../../core/ports/terminal.js';
import type { Message } from '../../library/client/create-client.js';

const WAYS: Readonly<Record<Message['level'], keyof Reporter>> = {
  info: 'info',
  warning: 'warn',
  instruction: 'instruct',
  debug: 'debug',
};

export function reportMessage({ reporter }: Context, { level, text }: Message): void {
  reporter[WAYS[level]](text);
}
