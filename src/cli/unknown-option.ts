// What a person may have meant by an option that there is not.
import type { Command } from 'commander';
import { nearest } from '../core/repository/nearest.js';
import { cleanText } from '../protocol/text/clean-text.js';

/** The line before "See: … --help" for the option that `message` of commander names; empty where nothing is near. */
export function meantOption(message: string, command: Command): string {
  const word = /'(-[^'=]*)/.exec(message)?.[1] ?? '';
  // With two hyphens it is an option with a typing error.
  if (/^-[^-].*\.\w+$/.test(word)) return `For a file of this name: ./${cleanText(word, 60)}\n`;
  if (!word.startsWith('--')) return '';
  const [only = ''] = nearest(word.slice(2).toLowerCase(), longNames(command));
  return only === '' ? '' : `Did you mean --${only}?\n`;
}

/** The long options of a command and of those above it, without hyphens. */
function longNames(command: Command | null): string[] {
  if (command === null) return ['help'];
  const shown = command.options.filter((option) => !option.hidden && option.long);
  return [...shown.map((option) => (option.long ?? '').slice(2)), ...longNames(command.parent)];
}
