// What may follow on a command line that is being typed, from the same command tree that parses it. No I/O.
import type { Argument, Command, Option } from 'commander';
import { SCHEMAS } from '../../protocol/content/schema-names.js';

export interface Candidate {
  value: string;
  description: string;
}

export interface Suggestions {
  candidates: Candidate[];
  /** Names that only this installation knows. */
  names: 'services' | 'repositories' | null;
  /** True where a path may stand; the shell completes it. */
  files: boolean;
}

const NOTHING: Suggestions = { candidates: [], names: null, files: false };

/**
 * The candidates for the last of `words`, which are everything after the name of the program. They all begin with
 * that word; the names that only the installation knows are not among them. A shell that cuts words at `=` (bash) is
 * understood, too.
 */
export function suggest(program: Command, words: readonly string[]): Suggestions {
  const typed = [...words];
  const current = typed.pop() ?? '';
  let command = program;
  let option: Option | undefined;
  let position = 0;
  let isVerbatim = false;
  for (const word of typed) {
    if (word === '=' && option !== undefined) continue;
    if (option !== undefined) option = undefined;
    else if (word === '--') isVerbatim = true;
    else if (word.startsWith('-') && !isVerbatim) option = optionWithValue(command, word);
    else {
      const child = position === 0 && command.commands.find((each) => each.name() === word);
      if (child) command = child;
      else position++;
    }
  }
  const isAtSign = current === '=';
  if (option !== undefined) return startingWith(isAtSign ? '' : current, valuesOf(option));
  if (current.startsWith('-') && !isVerbatim) {
    const at = current.indexOf('=');
    if (at === -1) return startingWith(current, { ...NOTHING, candidates: optionsOf(command) });
    const named = optionWithValue(command, current.slice(0, at));
    return named === undefined ? NOTHING : withPrefix(current, at + 1, valuesOf(named));
  }
  const argument = command.registeredArguments[position] ?? command.registeredArguments.at(-1);
  const isArgument = argument !== undefined && (position === 0 || position < count(command));
  const own = isArgument ? valuesOfArgument(argument) : NOTHING;
  const children = position === 0 ? childrenOf(command) : [];
  return startingWith(current, { ...own, candidates: [...children, ...own.candidates] });
}

/** How many arguments the command takes. */
function count(command: Command): number {
  const { registeredArguments: all } = command;
  return all.at(-1)?.variadic ? Number.POSITIVE_INFINITY : all.length;
}

function childrenOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), description: child.description() }));
}

function optionsOf(command: Command): Candidate[] {
  return allOptions(command).flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
}

function allOptions(command: Command): Option[] {
  const help = command.createHelp();
  return [...new Set([...help.visibleOptions(command), ...help.visibleGlobalOptions(command)])];
}

function optionWithValue(command: Command, word: string): Option | undefined {
  const found = allOptions(command).find(({ long, short }) => word === long || word === short);
  return found?.required ? found : undefined;
}

const PATHS: ReadonlySet<string> = new Set([
  'file',
  'files',
  'dir',
  'target',
  'location',
  'command',
  'config',
]);

function valuesOf(option: Option): Suggestions {
  const name = /<([^>.]+)/.exec(option.flags)?.[1] ?? '';
  return valuesNamed(name, option.argChoices);
}

function valuesOfArgument(argument: Argument): Suggestions {
  return valuesNamed(argument.name(), argument.argChoices);
}

/** What stands for a placeholder such as `<file>`, `<type>` or `<service>`. */
function valuesNamed(name: string, choices: readonly string[] | undefined): Suggestions {
  if (choices) return { ...NOTHING, candidates: choices.map((value) => ({ value, description: '' })) };
  if (name === 'service' || name === 'query') return { ...NOTHING, names: 'services' };
  if (name === 'repository') return { ...NOTHING, names: 'repositories' };
  if (name === 'type')
    return { ...NOTHING, candidates: [...SCHEMAS.keys()].map((value) => ({ value, description: '' })) };
  return PATHS.has(name) ? { ...NOTHING, files: true } : NOTHING;
}

function startingWith(start: string, suggestions: Suggestions): Suggestions {
  return {
    ...suggestions,
    candidates: suggestions.candidates.filter(({ value }) => value.startsWith(start)),
  };
}

/** For `--option=value` in one word: the candidates are whole words, too. */
function withPrefix(word: string, length: number, values: Suggestions): Suggestions {
  const prefix = word.slice(0, length);
  const candidates = values.candidates.map(({ value, description }) => ({
    value: prefix + value,
    description,
  }));
  return startingWith(word, { ...values, candidates });
}
