// Manual pages (man 7 man) of the program and of each command, from the tree that prints `--help`. The build writes them.
import type { Command } from 'commander';
import { ENVIRONMENT } from './environment.js';
import { EXIT_STATUSES } from './exit-codes.js';
import { pathOf } from './unknown-command.js';

/** File names and roff texts; `date` is `YYYY-MM-DD`. */
export function manPages(
  program: Command,
  { version, date }: { version: string; date: string },
): ReadonlyArray<readonly [file: string, text: string]> {
  const all = [program, ...withChildren(program)];
  return all.map((command) => {
    const name = pathOf(command).replaceAll(' ', '-');
    return [`${name}.1`, page(command, all, { name, version, date })];
  });
}

function withChildren(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((child) => [child, ...withChildren(child)]);
}

function page(
  command: Command,
  all: readonly Command[],
  { name, version, date }: { name: string; version: string; date: string },
): string {
  const help = command.createHelp();
  const isRoot = command.parent === null;
  const own = help.visibleOptions(command).map((option) => [option.flags, help.optionDescription(option)]);
  const words = help.visibleArguments(command).map((argument) => [argument.name(), argument.description]);
  const children = help
    .visibleCommands(command)
    .map((child) => [pathOf(child), help.subcommandDescription(child)]);
  const others = all.filter((other) => other !== command && other.parent === (command.parent ?? command));
  return [
    `.TH ${quoted(name.toUpperCase())} 1 ${quoted(date)} ${quoted(`bimservice ${version}`)}`,
    section('NAME', [`${roff(name)} \\- ${roff(command.description().replace(/\.$/, ''))}`]),
    section('SYNOPSIS', [`.B ${quoted(pathOf(command))}`, roff(command.usage())]),
    section('ARGUMENTS', terms(words)),
    section('COMMANDS', terms(children)),
    section('OPTIONS', terms(own)),
    section('EXAMPLES', literal(examplesOf(command))),
    ...(isRoot
      ? [
          section(
            'EXIT STATUS',
            terms(EXIT_STATUSES.map(([status, word, meaning]) => [`${status} ${word}`, meaning])),
          ),
          section('ENVIRONMENT', terms(ENVIRONMENT.map(([names, meaning]) => [names.join(', '), meaning]))),
        ]
      : [
          section('EXIT STATUS', [
            roff('As of the program: bimservice(1). A command ends with one of these:'),
            ...literal(exitLines(command)),
          ]),
        ]),
    section('SEE ALSO', [
      roff(
        [
          ...(isRoot ? [] : ['bimservice(1)']),
          ...others.map((other) => `${pathOf(other).replaceAll(' ', '-')}(1)`),
        ].join(', '),
      ),
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n')
    .concat('\n');
}

/** What `--help` prints of a command, with the texts below it. */
function printed(command: Command): string {
  let text = '';
  const { writeOut } = command.configureOutput();
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  if (writeOut !== undefined) command.configureOutput({ writeOut });
  return text;
}

function examplesOf(command: Command): string[] {
  return linesBelow(printed(command), /^(?:Examples|Steps):$/);
}

function exitLines(command: Command): string[] {
  return linesBelow(printed(command), /^Exit codes .*:$/);
}

/** The indented lines below a heading. */
function linesBelow(text: string, heading: RegExp): string[] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => heading.test(line));
  if (at === -1) return [];
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith('  '));
  return rest.slice(0, end === -1 ? undefined : end).map((line) => line.trim());
}

function section(title: string, lines: readonly string[]): string {
  return lines.join('') === '' ? '' : [`.SH ${title}`, ...lines].join('\n');
}

function terms(rows: ReadonlyArray<readonly (string | undefined)[]>): string[] {
  return rows.flatMap(([term = '', text = '']) => ['.TP', `.B ${quoted(term)}`, roff(text)]);
}

function literal(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['.nf', ...lines.map(roff), '.fi'];
}

/** Text that is not read as a request or an escape. */
function roff(text: string): string {
  const safe = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', '""')}"`;
}
