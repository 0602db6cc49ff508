// No file of the project names a package registry or the machine on which it was written: both differ on other machines.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Written in pieces, so that this file does not hold what it looks for. */
const dotted = (...words: string[]) => words.join('.');
const path = (...words: string[]) => ['', ...words].join('/');

const FORBIDDEN = [
  dotted('registry', 'npmjs'),
  dotted('registry', 'yarnpkg'),
  dotted('npm', 'pkg', 'github'),
  dotted('deb', 'debian'),
  dotted('archive', 'ubuntu'),
  dotted('pypi', 'org'),
  dotted('pythonhosted', 'org'),
  dotted('maven', 'org'),
  path('work', ''),
  path('farm', ''),
  path('Users', ''),
  ...[ROOT, homedir()].filter((own) => own.length >= 8),
];

/** The files that git tracks or would track; undefined outside of a checkout. */
function trackedFiles(): string[] | undefined {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return listed.split('\0').filter((file) => file !== '');
  } catch {
    return undefined;
  }
}

const files = trackedFiles();

function textOf(file: string): string {
  try {
    return readFileSync(join(ROOT, file), 'utf8');
  } catch {
    // Removed here and not yet committed.
    return '';
  }
}

test.skipIf(files === undefined)(
  'no tracked file names a package registry or a path of this machine (skipped outside of a git checkout)',
  () => {
    const found = (files ?? []).flatMap((file) => {
      const text = textOf(file);
      return FORBIDDEN.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`);
    });
    expect(files).toContain('package-lock.json');
    expect(found).toEqual([]);
  },
);
