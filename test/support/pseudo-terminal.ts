// Runs a program on a pseudo-terminal, so that it behaves as with a person. Needs `script` (util-linux) or Python 3.

import { spawnSync } from 'node:child_process';
import { type CliResult, spawnProgram } from './cli.js';

type Wrap = (commandLine: string) => [program: string, ...argv: string[]];

/** Exits with the exit status of the command, like `script -e`. */
const PYTHON = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(['sh', '-c', sys.argv[1]])))
`;

function findTerminal(): Wrap | undefined {
  const says = (program: string, ...argv: string[]) => spawnSync(program, argv, { encoding: 'utf8' }).stdout;
  if (/util-linux/.test(says('script', '--version')))
    return (commandLine) => ['script', '-qec', commandLine, '/dev/null'];
  if (/^Python 3\.(?:9|\d\d)/.test(says('python3', '--version')))
    return (commandLine) => ['python3', '-c', PYTHON, commandLine];
  return undefined;
}

const wrap = findTerminal();

/** Why no terminal is available; null when there is one. */
export const NO_TERMINAL =
  wrap === undefined ? 'no pseudo-terminal: install util-linux (script) or Python 3.9' : null;

/** The program and its arguments that run `commandLine` through `sh` with a terminal, and what comes on stdin as keys. */
export function onTerminal(commandLine: string): [program: string, ...argv: string[]] {
  if (wrap === undefined) throw new Error(String(NO_TERMINAL));
  return wrap(commandLine);
}

/**
 * Runs `commandLine` through `sh` with a terminal as stdin, stdout and stderr. Returns everything that is shown as
 * `stdout`, with normal line ends. `stdin` is typed at once. A redirection in the command line removes its part.
 */
export async function atTerminal(
  commandLine: string,
  options: { cwd: string; env: Record<string, string>; stdin?: string },
): Promise<CliResult> {
  const [program, ...argv] = onTerminal(commandLine);
  const result = await spawnProgram(program, argv, options);
  return { ...result, stdout: result.stdout.replaceAll('\r\n', '\n') };
}
