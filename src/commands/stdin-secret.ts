// Secrets come in by stdin or a question, never as an argument (DESIGN 1).
import type { Context } from '../context.js';
import { BimServiceError } from '../errors.js';
import { readAll } from '../io/read-input.js';

/** What stdin holds, or what the person types where stdin is a terminal. Throws `input-needed` where there is nothing. */
export async function secretFromStdin(context: Context, what: string): Promise<string> {
  if (context.interactive) {
    const prompter = await context.prompter();
    return (await prompter.askSecret(`The ${what}:`, context.runtime.signal)).trim();
  }
  const text = Buffer.from(await readAll(context.runtime.stdin))
    .toString('utf8')
    .trim();
  if (text !== '') return text;
  throw new BimServiceError('input-needed', `stdin held no ${what}`, {
    hint: 'Pipe it in, for example: pass show NAME | bimservice token SERVICE …',
  });
}
