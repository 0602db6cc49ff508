// Makes the command reference of the README from the same command tree that prints `--help`.

import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { sink } from '../../src/io/terminal/sink.js';

/** The command tree for a command line, by default of all commands, from a run without output. */
export function commandTree(argv: readonly string[] = ['help']): Command {
  const unseen = sink(() => {});
  const runtime = {
    env: {},
    stdin: Readable.from([]),
    stdout: unseen,
    stderr: unseen,
    cwd: '/',
    umask: 0o022,
    pid: 1,
    isAlive: () => false,
    signal: new AbortController().signal,
    clock: { now: () => 0, monotonic: () => 0 },
    random: { token: () => '' },
    limits: HTTP_LIMITS,
    processes: { signalGroup: () => {}, kill: () => {}, onReload: () => () => {}, takeTime: () => {} },
    version: '0.0.0',
  };
  return createProgram(argv, runtime, async () => 0);
}

/** One section for each command, with everything in its help, and one for the options that all commands have. */
export function commandReference(program: Command): string {
  return [
    ...leaves(program).map(
      (command) =>
        `#### \`${usage(command, program)}\`\n\n${sentence(command.description())}\n${options(command)}`,
    ),
    `#### Options of every command\n${options(program)}`,
  ].join('\n');
}

/** The commands that do something; commands that only group others are left out. */
function leaves(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((child) => [
      ...(child.commands.length === 0 || child.registeredArguments.length > 0 ? [child] : []),
      ...leaves(child),
    ]);
}

function usage(command: Command, root: Command): string {
  const help = command.createHelp();
  const parents: string[] = [];
  // commander's own `help` has no parent.
  for (let parent: Command | null = command.parent ?? root; parent !== null; parent = parent.parent)
    parents.unshift(parent.name());
  const words = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '');
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const takesOptions = help.visibleOptions(command).some(({ long }) => long !== '--help');
  return [...parents, command.name(), ...(takesOptions ? ['[options]'] : []), ...words].join(' ');
}

function options(command: Command): string {
  const help = command.createHelp();
  const isRoot = command.parent === null;
  const rows = help
    .visibleOptions(command)
    .filter(({ long }) => isRoot || long !== '--help')
    .map((option) => `| \`${help.optionTerm(option)}\` | ${cell(help.optionDescription(option))} |`);
  return rows.length === 0 ? '' : `\n| option | |\n| --- | --- |\n${rows.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
