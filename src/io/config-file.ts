// `config.json`: repositories and settings. Nothing in it is secret.
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, ConfigFile, StoredRepository } from '../core/ports.js';
import { BimServiceError, systemErrorCode } from '../errors.js';
import { type LockOptions, takeLock } from './lock.js';
import { writeWhole } from './write-whole.js';

/** Version of the file's format. One of a newer bimservice is read and never rewritten (CASES B082). */
const VERSION = 1;

const EMPTY: Config = { repositories: [], clientName: null, store: 'files' };

const SCHEMA = {
  version: { type: 'integer', const: VERSION },
  repositories: {
    type: 'array',
    items: {
      type: 'object',
      required: ['alias', 'location'],
      properties: { alias: { type: 'string', minLength: 1 }, location: { type: 'string', minLength: 1 } },
    },
  },
  clientName: { type: ['string', 'null'] },
  store: { type: 'string', enum: ['files', 'keyring'] },
} as const;

export interface ConfigFileOptions extends Omit<LockOptions, 'signal'> {
  folder: string;
  warn: (line: string) => void;
  /** Epoch ms; names the copy of a damaged file. */
  now: () => number;
}

/**
 * The configuration in `folder`. Reading parses the file itself, so that a command starts without the weight of a store; writing
 * goes through `conf`. A damaged file is set aside as `config.json.corrupt-TIME` with one warning (CASES B070, B071).
 */
export function createConfigFile(options: ConfigFileOptions): ConfigFile {
  const path = join(options.folder, 'config.json');
  return {
    path,
    read: () => read(path, options).config,
    async update(change, signal) {
      try {
        mkdirSync(options.folder, { recursive: true, mode: 0o700 });
        // Two `repository add` at once must both be kept (CASES B065).
        await using _ = await takeLock(`${path}.lock`, { ...options, signal });
        const { config, version } = read(path, options);
        if (version > VERSION) throw newer(path, version);
        await save(path, options.folder, change(config));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BimServiceError) throw error;
        throw new BimServiceError(
          'store-not-writable',
          `could not save ${path} (${systemErrorCode(error) ?? 'unknown'})`,
          {
            hint: 'Check the folder, its owner and the free space, or name another with --config-dir.',
            cause: error,
          },
        );
      }
    },
  };
}

async function save(path: string, folder: string, config: Config): Promise<void> {
  const before = textOf(path);
  const { default: Conf } = await import('conf');
  const store = new Conf<Record<string, unknown>>({
    cwd: folder,
    configName: 'config',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    schema: SCHEMA,
  });
  const wanted = { ...store.store, version: VERSION, ...config };
  store.store = wanted;
  if (JSON.stringify(parse(textOf(path) ?? '')) === JSON.stringify(wanted)) return;
  // conf's writer takes a short write on a full disk for a whole one (CASES B067): what was there goes back.
  if (before !== null) await writeWhole(path, before, { mode: 0o600 });
  throw Object.assign(new Error('the file was cut short'), { code: 'ENOSPC' });
}

function read(path: string, { warn, now }: ConfigFileOptions): { config: Config; version: number } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      warn(`${path} cannot be read (${code}); going on without it`);
    return { config: EMPTY, version: VERSION };
  }
  const fields = parse(text);
  if (fields !== null) {
    return {
      config: configOf(fields),
      version: typeof fields.version === 'number' ? fields.version : VERSION,
    };
  }
  const kept = `${path}.corrupt-${now()}`;
  try {
    renameSync(path, kept);
    warn(`${path} was damaged; it is kept as ${kept}`);
  } catch {
    warn(`${path} is damaged; going on without it`);
  }
  return { config: EMPTY, version: VERSION };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function configOf(fields: Record<string, unknown>): Config {
  const { repositories, clientName, store } = fields;
  return {
    repositories: Array.isArray(repositories) ? repositories.filter(isStoredRepository) : [],
    clientName: typeof clientName === 'string' ? clientName : null,
    store: store === 'keyring' ? 'keyring' : 'files',
  };
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

function newer(path: string, version: number): BimServiceError {
  return new BimServiceError(
    'store-not-writable',
    `${path} was written by a newer bimservice (format ${version})`,
    {
      hint: 'Use that version, or another folder with --config-dir. Nothing was changed.',
    },
  );
}
