// Where a server keeps its data by the platform's convention.
import { isAbsolute } from 'node:path';

/** The platform's folder for data; null where the account has no home, or where it is not absolute. */
export async function usualDataFolder(): Promise<string | null> {
  // env-paths asks for the home folder as it is loaded, and that throws where the account has none.
  const usual = await import('env-paths').then(
    ({ default: envPaths }) => envPaths('bimservice', { suffix: '' }).data,
    () => '',
  );
  return isAbsolute(usual) ? usual : null;
}
