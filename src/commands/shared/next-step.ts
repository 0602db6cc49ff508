// The next command to type. What was given for one command only is in it, because the next one needs it too.
import type { Context, GlobalOptions } from '../../context.js';
import type { ErrorShape } from '../../error-shape.js';
import type { BimServiceError } from '../../errors.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import { shellWord } from '../../protocol/text/shell-word.js';

/**
 * A command of ours, its service and the word for its model. These commands read the lists, the credentials or the network; `repository` and
 * `serve` have addresses of their own.
 */
const COMMAND =
  /\bbimservice (?:list|register|authorize|token|status|logout|invoke|watch|doctor)\b(?! --help)(?: [^\s"()-](?:[^\s"()]*[^\s"().,;:])?)?(?: MODEL\b)?/g;

/** `text` with the list, folder and network options of this run in each command of ours that it names. */
export function nextStep({ options }: { options: GlobalOptions }, text: string): string {
  const given = givenOptions(options);
  // A hint that has them was completed before.
  return given === '' || text.includes(given)
    ? text
    : text.replace(COMMAND, (command) => `${command} ${given}`);
}

/** What a hint can be completed with. `service`: the id of the one service that this run is about. */
export interface HintContext {
  options: GlobalOptions;
  service?: string | null;
}

/**
 * Puts the service and the options of this run into the commands of the hint of `error`; a second call changes nothing.
 * An error of the protocol or the store does not know the service that a person named.
 */
export function completeHint(error: BimServiceError, context: HintContext): void {
  if (error.hint === undefined) return;
  const id = error.service ?? context.service;
  const named =
    id === undefined || id === null
      ? error.hint
      : error.hint.replaceAll(
          /\b(bimservice [a-z]+) SERVICE\b/g,
          (_, command) => `${command} ${shellWord(id)}`,
        );
  error.hint = nextStep(context, named);
}

/** The same for a document of `--json` that has an error as data: a line of `invoke`, an event of `watch`. */
export function withCompleteHint<Document extends { error: ErrorShape | null }>(
  document: Document,
  context: { options: GlobalOptions },
): Document {
  const { error } = document;
  if (error === null || error.hint === null) return document;
  return { ...document, error: { ...error, hint: nextStep(context, error.hint) } };
}

/** The options that decide what a command finds, as typed; those that a person cannot repeat are left out. */
function givenOptions({ repository = [], baseUrl, configDir, caFile, insecure }: GlobalOptions): string {
  // A list on stdin is read once.
  const lists = repository.filter((location) => location !== '-');
  return [
    ...lists.map((location) => `-r ${shown(location)}`),
    ...(baseUrl === undefined ? [] : [`--base-url ${shown(baseUrl)}`]),
    ...(configDir === undefined ? [] : [`--config-dir ${shellWord(configDir)}`]),
    ...(caFile === undefined ? [] : [`--ca-file ${shellWord(caFile)}`]),
    ...(insecure === true ? ['--insecure'] : []),
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
