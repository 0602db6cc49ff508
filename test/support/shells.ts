// Real shells for the completion scripts.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's package has the name of the shell. */
export type Shell = 'bash' | 'zsh' | 'fish';

/**
 * True when the shell is installed; a message says how to get it otherwise. With BIMSERVICE_REQUIRE_SHELLS=1 a missing
 * shell is a failure.
 */
export function hasShell(
  shell: Shell,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  if (folders.some((folder) => existsSync(join(folder, shell)))) return true;
  const howToGetIt = `${shell} was not found; install it with apt-get install ${shell}`;
  if (env.BIMSERVICE_REQUIRE_SHELLS === '1') throw new Error(howToGetIt);
  console.warn(`skipped: completion in ${shell}: ${howToGetIt}`);
  return false;
}
