// `config.json`: repositories and settings. Nothing in it is secret.
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, ConfigFile, StoredRepository } from '../core/ports.js';
import { BimServiceError, systemErrorCode } from '../errors.js';

const EMPTY: Config = { repositories: [], clientName: null };

/**
 * The configuration in `folder`. Reading parses the file itself, so that a list starts without the weight of a store; writing
 * goes through `conf`. A damaged file is set aside as `config.json.corrupt-TIME` with one warning (CASES B070, B071).
 */
export function createConfigFile(
  folder: string,
  warn: (line: string) => void,
  now: () => number,
): ConfigFile {
  const path = join(folder, 'config.json');
  return {
    path,
    read: () => readConfig(path, warn, now),
    async write(config) {
      readConfig(path, warn, now);
      const { default: Conf } = await import('conf');
      try {
        const store = new Conf<Record<string, unknown>>({
          cwd: folder,
          configName: 'config',
          configFileMode: 0o600,
          accessPropertiesByDotNotation: false,
        });
        store.store = {
          ...store.store,
          version: 1,
          repositories: config.repositories,
          clientName: config.clientName,
        };
      } catch (error) {
        throw new BimServiceError(
          'store-not-writable',
          `could not save ${path} (${systemErrorCode(error) ?? 'unknown'})`,
          {
            hint: 'Check the folder and its owner, or name another with --config-dir.',
            cause: error,
          },
        );
      }
    },
  };
}

function readConfig(path: string, warn: (line: string) => void, now: () => number): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'ENOTDIR') {
      warn(`${path} cannot be read (${systemErrorCode(error)}); going on without it`);
    }
    return EMPTY;
  }
  const parsed = parseConfig(text);
  if (parsed) return parsed;
  const kept = `${path}.corrupt-${now()}`;
  try {
    renameSync(path, kept);
    warn(`${path} was damaged; it is kept as ${kept}`);
  } catch {
    warn(`${path} is damaged; going on without it`);
  }
  return EMPTY;
}

function parseConfig(text: string): Config | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const repositories = 'repositories' in value && Array.isArray(value.repositories) ? value.repositories : [];
  const clientName = 'clientName' in value && typeof value.clientName === 'string' ? value.clientName : null;
  return { repositories: repositories.filter(isStoredRepository), clientName };
}

function isStoredRepository(value: unknown): value is StoredRepository {
  return (
    typeof value === 'object' &&
    value !== null &&
    'alias' in value &&
    typeof value.alias === 'string' &&
    'location' in value &&
    typeof value.location === 'string'
  );
}
