// A real Secret Service for one command: a D-Bus session with an unlocked, empty gnome-keyring.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, cleanEnvironment, PROGRAM, spawnProgram } from './cli.js';

const NEEDED = ['dbus-run-session', 'gnome-keyring-daemon'];
const HOW_TO_GET_ONE = 'apt-get install dbus gnome-keyring';

/** Why none can be started; null when one can. */
export const noSecretService: string | null =
  process.platform === 'linux' && NEEDED.every(isThere) ? null : `no Secret Service: ${HOW_TO_GET_ONE}`;

export const requiresSecretService = process.env.BIMSERVICE_REQUIRE_KEYRING === '1';

/**
 * Runs `script` (bash) in a new session; `$BIM` is the program. The keyring is in a temporary home folder and is removed
 * afterwards.
 */
export async function inSession(script: string, env: Record<string, string>): Promise<CliResult> {
  const home = await mkdtemp(join(tmpdir(), 'bimservice-keyring-'));
  const unlocked = `printf 'a password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; ${script}`;
  try {
    return await spawnProgram('dbus-run-session', ['--', 'bash', '-c', unlocked], {
      cwd: home,
      env: {
        ...cleanEnvironment(),
        HOME: home,
        XDG_RUNTIME_DIR: home,
        XDG_DATA_HOME: join(home, 'data'),
        BIM: `${process.execPath} ${PROGRAM}`,
        ...env,
      },
    });
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
