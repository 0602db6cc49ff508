// The commands that the library covers use the library: what they may import of the rest is data here. And its types say
// nothing that a user of the package cannot read.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Each command with the files of `src/commands` that are its own. */
const COMMANDS = [
  'authorize',
  'bcf',
  'invoke',
  'list',
  'offer-consent',
  'register',
  'token',
  'watch',
  'watch/on-result',
  'watch/project-login',
  'watch/run-reports',
  'watch/watch-report',
];

/**
 * What they may import besides the library: what they show and what they ask is theirs. Each other file of `src/core` and
 * `src/io` would be a way around the library.
 */
const ALLOWED = [
  'commands',
  'context',
  'library',
  'output',
  // A terminal, and files that only a command line reads or writes.
  'io/terminal',
  'io/files/read-input',
  'io/result/report-file',
  'io/files/save-secret',
  'io/files/file-patterns',
  'io/bcf/pictures',
  'io/watch/result-command',
  // How reports look, and which topics are closed in them.
  'core/report',
  'core/findings/words',
  // The words of the command line of `--on-result`.
  'serve/runs/command-line',
  'protocol/text',
  'protocol/repository/addresses',
  'protocol/invocation',
  'error-shape',
  'errors',
  'durations',
  'secret',
];

const STATEMENT =
  /^(?:import|export)\s+(?<type>type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?'(?<from>\.[^']+)\.js';|\bimport\('(?<lazy>\.[^']+)\.js'\)/gm;

/** The files that a file imports by more than their types. */
function valuesOf(file: string): string[] {
  const text = readFileSync(join(ROOT, 'src', `${file}.ts`), 'utf8');
  return [...text.matchAll(STATEMENT)]
    .filter(({ groups }) => groups?.type === undefined)
    .map(({ groups }) => posix.join(posix.dirname(file), groups?.from ?? groups?.lazy ?? ''));
}

/** The commands with everything of `src/commands` that they use, except other commands that they start. */
function filesOf(): string[] {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const other of valuesOf(file)) if (other.startsWith('commands/')) visit(other);
  };
  for (const name of COMMANDS) visit(`commands/${name}`);
  return [...seen].sort();
}

test('list, register, authorize, token, invoke, bcf and watch use nothing but the library', () => {
  const files = filesOf();
  expect(files).toContain('commands/shared/agree');
  const around = files.flatMap((file) =>
    valuesOf(file)
      .filter((other) => !ALLOWED.some((allowed) => other === allowed || other.startsWith(`${allowed}/`)))
      .map((other) => `${file} imports ${other}`),
  );
  expect(around).toEqual([]);
});

test('the types that are published cite no page and no plan, and every file that they import is there', () => {
  const types = join(ROOT, 'dist/types');
  const files = readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.d.ts'),
  );
  expect(files.length).toBeGreaterThan(30);
  for (const name of files) {
    const text = readFileSync(join(types, name), 'utf8');
    expect(text, name).not.toMatch(/\bPROTOCOL\b|\bCASES\b|\bDESIGN\b|\bissue \d/);
    for (const [, from = ''] of text.matchAll(/from ["'](\.[^"']+)\.js["']/g))
      expect(existsSync(join(types, posix.dirname(name.replaceAll('\\', '/')), `${from}.d.ts`)), from).toBe(
        true,
      );
  }
});
