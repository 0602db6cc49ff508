// Where files live by platform convention: %APPDATA%, ~/Library/Preferences, XDG_CONFIG_HOME or ~/.config.
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The usual folder of `config.json` and `credentials/`; null where neither HOME nor the account names a home. */
export async function usualConfigFolder(home: string | undefined): Promise<string | null> {
  // env-paths asks for the home folder as it is loaded, and that throws where the account has none.
  const usual = await import('env-paths').then(
    ({ default: envPaths }) => envPaths('bimservice', { suffix: '' }).config,
    () => '',
  );
  if (isAbsolute(usual)) return usual;
  // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification), and an empty HOME names no home: either
  // would put secrets into the folder one happens to work in.
  const folder = home !== undefined && isAbsolute(home) ? home : homeOfAccount();
  return folder === null ? null : join(folder, '.config', 'bimservice');
}

function homeOfAccount(): string | null {
  try {
    const { homedir } = userInfo();
    return isAbsolute(homedir) ? homedir : null;
  } catch {
    return null;
  }
}

/** Lists from the network; beside the configuration, so that `--config-dir` moves everything. */
export function cacheFolder(configDir: string): string {
  return join(configDir, 'cache');
}

/** One file a credential. */
export function credentialFolder(configDir: string): string {
  return join(configDir, 'credentials');
}
