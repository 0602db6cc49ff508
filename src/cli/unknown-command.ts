// Suggests a command for an unknown word: one with that meaning, or one with a similar spelling.
import type { Command } from 'commander';
import { nearest } from '../core/repository/nearest.js';
import { BimServiceError } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';

/** Words of other tools, and the command that does the same here. */
const MEANINGS: ReadonlyArray<readonly [command: string, words: readonly string[]]> = [
  ['authorize', ['login', 'log-in', 'signin', 'sign-in', 'auth', 'authenticate', 'connect', 'consent']],
  [
    'invoke',
    ['run', 'upload', 'send', 'post', 'submit', 'push', 'call', 'check', 'validate', 'exec', 'execute'],
  ],
  ['list', ['ls', 'services', 'service', 'search', 'find', 'show']],
  ['repository', ['repo', 'repos', 'repositories', 'source', 'sources']],
  ['repository add', ['add']],
  ['logout', ['signout', 'sign-out', 'log-out', 'revoke', 'forget']],
  ['status', ['whoami', 'info', 'state']],
  ['config', ['settings', 'configure', 'set', 'options']],
  ['demo', ['try', 'example', 'tutorial', 'start']],
  ['--version', ['version']],
];

/** The same for the commands of a group, by its name. */
const GROUP_MEANINGS: ReadonlyMap<string, typeof MEANINGS> = new Map([
  [
    'config',
    [
      ['get store', ['list', 'ls', 'show', 'print', 'read', 'store']],
      ['set store files|keyring', ['change', 'edit', 'put', 'write']],
    ],
  ],
  [
    'repository',
    [
      ['list', ['ls', 'show']],
      ['remove', ['rm', 'del', 'delete']],
      ['check', ['test', 'ping', 'verify']],
    ],
  ],
]);

/** The error for `word`, which is not among `names`, the commands of `parent`. */
export function unknownCommand(
  word: string,
  parent: Command,
  names: readonly string[] = namesOf(parent),
): BimServiceError {
  const isRoot = parent.parent === null;
  const meanings = isRoot ? MEANINGS : (GROUP_MEANINGS.get(parent.name()) ?? []);
  const meant = meanings
    .filter(([, words]) => words.includes(word.toLowerCase()))
    .map(([command]) => command);
  const close = meant.length > 0 ? meant : nearest(word.toLowerCase(), names);
  const path = pathOf(parent);
  const hint =
    close.length > 0
      ? `Did you mean ${close.map((name) => `${path} ${name}`).join(' or ')}?`
      : `See all commands: ${path} --help`;
  return new BimServiceError('usage', `there is no command "${path} ${cleanText(word, 60)}"`, { hint });
}

/** The declared commands of `parent`, without hidden ones. */
export function namesOf(parent: Command): string[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .map((command) => command.name());
}

/** `bimservice repository` for that command. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
