// Reads secrets from stdin or a prompt, never from an argument, because other users of the machine can read arguments.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { readAll } from '../../io/files/read-input.js';
import { trimEndOf } from '../../protocol/text/cut.js';
import { decodeText } from '../../protocol/text/decode-text.js';

/** The content of stdin without its line end, or what the person types on a terminal. Throws `input-needed` when empty. */
export async function secretFromStdin(context: Context, what: string): Promise<string> {
  if (context.interactive) {
    const prompter = await context.prompter();
    return await prompter.askSecret(`The ${what}:`, context.runtime.signal);
  }
  const text = trimEndOf(decodeText(await readAll(context.runtime.stdin)), '\r\n');
  if (text.trim() !== '') return text;
  throw new BimServiceError('input-needed', `stdin held no ${what}`, {
    hint: 'Pipe it in, for example: pass show NAME | bimservice …',
  });
}
