// What the pages type exists: each command, and each option at the command that it is typed with. README has every option (readme.test.ts).

import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandTree } from '../support/reference.js';

const ROOT = new URL('../../', import.meta.url);
const program = commandTree();

/** Each page with its commands: lines of blocks that run the program, and `bimservice …` in the text. */
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...pagesBelow('docs')].map((page) => {
  const text = readFileSync(new URL(page, ROOT), 'utf8').replace(/\\\n\s*/g, '');
  const inLines = text.matchAll(
    /^(?:\$ | *- )?(?:[^\n|`]+ \| |\w+=\S+ )*(?:npx )?bimservice (?=[a-z-])(.*)$/gm,
  );
  const inText = text.matchAll(/`(?:npx )?bimservice ([^`]+)`/g);
  return { page, text, commands: [...inLines, ...inText].map(([, command = '']) => command) };
});

function pagesBelow(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** The command that the words of a line name, and the words that name it. */
function namedCommand(words: readonly string[]): { command: Command; path: string[] } {
  let command = program;
  const path: string[] = [];
  for (const word of words.filter((each) => !each.startsWith('-'))) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) break;
    command = next;
    path.push(word);
  }
  return { command, path };
}

const optionsOf = (command: Command): (string | undefined)[] => [
  ...command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ short, long }) => [short, long]),
  ...(command.parent === null ? [] : optionsOf(command.parent)),
];

/** What a line after `bimservice` has wrong: a command that does not exist, or an option that its command does not have. */
function unknownIn(line: string): string[] {
  // What is in quotes belongs to another program, and so does what follows the end of the command.
  const [own = ''] = line.replace(/'[^']*'|"[^"]*"/g, 'WORD').split(/\\?\||&&|;|(?<!<)> /);
  const words = own.trim().split(/[ =[\]]+/);
  const { command, path } = namedCommand(words);
  const [first = ''] = words;
  const isCommand = path.length > 0 || first.startsWith('-') || first === '…';
  const options = words.filter((word) => /^--\w|^-\w$/.test(word));
  const known = optionsOf(command);
  return [...(isCommand ? [] : [first]), ...options.filter((option) => !known.includes(option))];
}

test('no page uses a command that does not exist, or an option that its command does not have', () => {
  expect(PAGES.flatMap(({ commands }) => commands).length).toBeGreaterThan(15);
  const unknown = PAGES.flatMap(({ page, commands }) =>
    commands.flatMap((line) => unknownIn(line).map((word) => `${page}: ${word} in: ${line}`)),
  );
  expect(unknown).toEqual([]);
});

test.each([
  ['invoke SERVICE MODEL --jobs 4 -v', []],
  ['serve user add NAME --data DIR', []],
  ['token duplicate | cut -c1-12 --none', []],
  ["serve --exec 'check --none {input}'", []],
  ['list --jobs 4', ['--jobs']],
  ['invok SERVICE', ['invok']],
  ['repository add URL --none=x', ['--none']],
])('%s: not known are %j', (line, words) => expect(unknownIn(line)).toEqual(words));

test('an option that a page names by itself is one of a command', () => {
  const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
  const known = new Set(all.flatMap(optionsOf));
  const unknown = PAGES.flatMap(({ page, text }) =>
    [...text.matchAll(/`(-[^`]*)`/g)].flatMap(([, words = '']) =>
      words
        .split(/[ =]+/)
        .filter((word) => /^--\w/.test(word) && !known.has(word))
        .map((word) => `${page}: ${word}`),
    ),
  );
  expect(unknown).toEqual([]);
});
