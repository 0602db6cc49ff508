// Runs a program at a pseudo-terminal, so that it believes a person is there. Needs `script` (util-linux) or Python 3.

import { spawnSync } from 'node:child_process';
import { type CliResult, spawnProgram } from './cli.js';

type Wrap = (commandLine: string) => [program: string, ...argv: string[]];

/** Ends with the command's own exit status, as `script -e` does. */
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

/** Why there is no terminal to be had; null where there is one. */
export const NO_TERMINAL =
  wrap === undefined ? 'no pseudo-terminal: install util-linux (script) or Python 3.9' : null;

/**
 * Runs `commandLine` through `sh` with a terminal as stdin, stdout and stderr. All that is shown comes back as `stdout`,
 * with line ends as elsewhere; a redirection in the command line takes its part out.
 */
export async function atTerminal(
  commandLine: string,
  options: { cwd: string; env: Record<string, string> },
): Promise<CliResult> {
  if (wrap === undefined) throw new Error(String(NO_TERMINAL));
  const [program, ...argv] = wrap(commandLine);
  const result = await spawnProgram(program, argv, options);
  return { ...result, stdout: result.stdout.replaceAll('\r\n', '\n') };
}
