// Splits a command line and replaces its placeholders by paths. No shell is used, so that foreign text is never code (CASES B158).

import { split } from 'shlex';

const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/** The value of a placeholder. */
export interface Places {
  readonly input: string;
  readonly output: string;
  readonly inputType: string;
  readonly workdir: string;
}

const NAMES: ReadonlySet<string> = new Set(['input', 'output', 'inputType', 'workdir'] satisfies Array<
  keyof Places
>);

/** The words of a command line by the rules of a POSIX shell, without expansions. Throws Error. */
export function splitCommand(line: string): string[] {
  return split(line);
}

/** The placeholders that are not `known`, each once. */
export function unknownPlaceholders(argv: readonly string[], known: ReadonlySet<string> = NAMES): string[] {
  const names = argv.flatMap((word) => [...word.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
  return [...new Set(names)].filter((name) => !known.has(name));
}

export function hasPlaceholder(argv: readonly string[], name: keyof Places): boolean {
  return argv.some((word) => word.includes(`{${name}}`));
}

/** The words of the command for one run; a word may contain several placeholders. */
export function fillIn<Values extends { [Name in keyof Values]: string }>(
  argv: readonly string[],
  places: Values,
): string[] {
  const values = new Map<string, string>(Object.entries(places));
  return argv.map((word) => word.replace(PLACEHOLDER, (all, name: string) => values.get(name) ?? all));
}
