// The README and the program never disagree: commands and options, exit codes, environment variables.
// After a change of the command tree: npx vitest run test/guards/readme.test.ts -u writes the reference again.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { ENVIRONMENT } from '../../src/cli/environment.js';
import { EXIT_STATUSES, exitCodesOf } from '../../src/cli/exit-codes.js';
import { helpTopic } from '../../src/cli/help-topics.js';
import { pathOf } from '../../src/cli/unknown-command.js';
import { EXIT_CODES } from '../../src/errors.js';
import { commandReference, commandTree } from '../support/reference.js';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const ROOT = new URL('../../', import.meta.url);
const SRC = new URL('src/', ROOT);
const readme = readFileSync(README, 'utf8');
const program = commandTree();

function help(): string {
  let text = '';
  program.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** Rows of the table below a heading, as trimmed cells, without its head. */
function tableBelow(heading: string): string[][] {
  const section = readme.split(`## ${heading}\n`)[1]?.split(/^## /m)[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((text) => text.trim()),
    );
}

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

test('the reference has every command and option of --help, in its words, and no other', async () => {
  const block = /(?<=<!-- reference -->\n)[\s\S]*(?=<!-- end of reference -->)/;
  expect(readme).toMatch(block);
  await expect(readme.replace(block, () => `\n${commandReference(program)}\n`)).toMatchFileSnapshot(README);
});

test('the README names every page of docs', () => {
  const [, section = ''] = /^## Documentation\n([\s\S]*?)^## /m.exec(readme) ?? [];
  const pages = readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md'));
  expect(pages.filter((page) => !section.includes(`](docs/${page})`))).toEqual([]);
});

test('the table of exit codes is the one in the code', () => {
  const rows = tableBelow('Exit codes').map(([exit = '', , , codes = '']) => [Number(exit), quoted(codes)]);
  const byExit = new Map<number, string[]>([[0, []]]);
  for (const [code, exit] of Object.entries(EXIT_CODES))
    byExit.set(exit, [...(byExit.get(exit) ?? []), code]);
  expect(rows).toEqual([...byExit].sort(([a], [b]) => a - b));
});

test('help exit-codes and help environment have the words of the README', () => {
  const plain = (text: string) => text.replaceAll('`', '');
  const exits = tableBelow('Exit codes').map(([exit = '', name, meaning = '']) => [
    Number(exit),
    name,
    plain(meaning),
  ]);
  expect(EXIT_STATUSES).toEqual(exits);
  const variables = tableBelow('Environment').map(([names = '', what = '']) => [quoted(names), plain(what)]);
  expect(ENVIRONMENT).toEqual(variables);
});

test('help repository-format names the members that docs/repository-format.md has', () => {
  const page = readFileSync(new URL('docs/repository-format.md', ROOT), 'utf8');
  const named = (helpTopic('repository-format', 80) ?? '').match(/(?<=")[a-z][A-Za-z]+(?=")/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((member) => !page.includes(member))).toEqual([]);
});

test('the help of each command names the exit codes that it can end with', () => {
  const leaves = (command: Command): Command[] =>
    command
      .createHelp()
      .visibleCommands(command)
      .flatMap((child) => [
        ...(child.registeredArguments.length > 0 || child.commands.length === 0 ? [child] : []),
        ...leaves(child),
      ]);
  const paths = leaves(program).map((command) => pathOf(command).replace('bimservice ', ''));
  expect(paths).toContain('repository add');
  expect(paths.filter((path) => exitCodesOf(path) === '')).toEqual([]);
});

test('no line of the root help is wider than 80 columns', () => {
  expect(
    help()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
});

test('--help and the README name the exit codes alike', () => {
  const section = /Exit codes:\n([\s\S]*?)\n\n/.exec(help())?.[1] ?? '';
  const inHelp = [...section.matchAll(/(?:^|\s{2,})(\d+) (\w+)/g)].map(([, exit, name]) => `${exit} ${name}`);
  const inReadme = tableBelow('Exit codes').map(([exit = '', name = '']) => `${exit} ${name}`);
  expect(inHelp).toEqual(inReadme);
});

test('the environment variables listed are those that the source reads', () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('environment.ts'))
    .map((path) => readFileSync(new URL(path.replaceAll('\\', '/'), SRC), 'utf8'));
  sources.push(readFileSync(new URL('../bin/bimservice.js', SRC), 'utf8'));
  const read = sources.flatMap((source) => [
    ...[...source.matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)].map(([, name]) => name),
    ...(source.match(/\bBIMSERVICE_[A-Z_]+[A-Z]/g) ?? []),
  ]);
  // Read by name for each scheme (src/io/http/proxy-variables.ts), and by env-paths for the configuration folder.
  const forUs = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY', 'XDG_CONFIG_HOME'];
  const listed = tableBelow('Environment').flatMap(([names = '']) => quoted(names));
  expect(listed.toSorted()).toEqual([...new Set([...read, ...forUs])].sort());
});

test('what --help says of the environment is in the README', () => {
  const section = /Environment:\n([\s\S]*?)\n\n/.exec(help())?.[1] ?? '';
  const named = section.match(/\b[A-Z][A-Z_]+\b/g) ?? [];
  expect(named).toContain('BIMSERVICE_TOKEN');
  const listed = tableBelow('Environment').flatMap(([names = '']) => quoted(names));
  expect(listed).toEqual(expect.arrayContaining(named));
});
