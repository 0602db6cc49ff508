// The next command to type after a success. What was given for one command only is in it, because the next one needs it too.
import type { Context } from '../../context.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import { shellWord } from '../../protocol/text/shell-word.js';

/** `command` with the `--base-url` and the list of this run, where a `--base-url` was given. */
export function nextStep({ options }: Context, command: string): string {
  const { baseUrl, repository = [] } = options;
  if (baseUrl === undefined) return command;
  return [
    command,
    ...repository.map((location) => `-r ${shown(location)}`),
    `--base-url ${shown(baseUrl)}`,
  ].join(' ');
}

/** How to store the `--base-url` of this run with its list; null where none was given. */
export function keepingBaseUrl(context: Context): string | null {
  const { baseUrl } = context.options;
  const [source] = baseUrl === undefined ? [] : context.ports.repositories.sources();
  if (source === undefined || baseUrl === undefined || source.location === '-') return null;
  const add = `bimservice repository add ${shown(source.location)} --base-url ${shown(baseUrl)}`;
  const stored = context.config.read().repositories.find(({ location }) => location === source.location);
  if (stored === undefined) return add;
  return `bimservice repository remove ${shown(stored.alias)} && ${add} --alias ${shown(stored.alias)}`;
}

function shown(word: string): string {
  return shellWord(showAddress(word));
}
