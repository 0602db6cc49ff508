// `config.json`: repositories and settings. It contains no secrets.
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Config, ConfigFile, StoredRepository } from '../../core/ports/config.js';
import type { StoreKind } from '../../core/ports/credentials.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { parseObject } from '../../protocol/text/json-object.js';
import { makePrivateFolder } from '../files/make-folder.js';
import { readPlainSync } from '../files/plain-file.js';
import { systemReason } from '../files/system-reason.js';
import { draftName } from '../files/unfinished-files.js';
import { writeWhole } from '../files/write-whole.js';
import { LOCK_WAIT_MS, takeLock } from './lock.js';
import type { StoreOptions } from './store-options.js';

/** The version of the file format. A file from a newer bimservice is read and never rewritten (CASES B082). */
const VERSION = 1;

/** Before anything is set. */
export const EMPTY_CONFIG: Config = {
  repositories: [],
  clientName: null,
  store: 'files',
  updateNotice: true,
};

export const STORE_KINDS: readonly StoreKind[] = ['files', 'keyring'];

export interface ConfigFileOptions extends StoreOptions {
  folder: string;
  /** Epoch ms; part of the name of a damaged file's copy. */
  now: () => number;
}

/**
 * The configuration in `folder`. A damaged file is moved to `config.json.corrupt-TIME` with one warning (CASES B070,
 * B071). Unknown settings are kept.
 */
export function createConfigFile(options: ConfigFileOptions): ConfigFile {
  const path = join(options.folder, 'config.json');
  return {
    path,
    read: () => read(path, options).config,
    async update(change, signal) {
      try {
        await makePrivateFolder(options.folder);
        // Two `repository add` at once must both be kept (CASES B065).
        await using _ = await takeLock(`${path}.lock`, { ...options, signal, waitMs: LOCK_WAIT_MS });
        const { config, version } = read(path, options);
        if (version > VERSION) throw newer(path, version);
        await options.cleanUp();
        await save(path, options, change(config));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BimServiceError) throw error;
        throw new BimServiceError(
          'store-not-writable',
          `could not save ${path} (${systemReason(error, path)})`,
          {
            hint: 'Check the folder, its owner and the free space, or name another with --config-dir.',
            cause: error,
          },
        );
      }
    },
  };
}

/**
 * conf writes a draft, because it reports a short write on a full disk as success (CASES B067), which a reader must never
 * see. The draft is read again, and replaces `path` only when it is complete.
 */
async function save(path: string, { folder, pid }: ConfigFileOptions, config: Config): Promise<void> {
  const draft = join(folder, draftName(pid, randomBytes(8).toString('hex')));
  const { default: Conf } = await import('conf');
  try {
    const store = new Conf<Record<string, unknown>>({
      cwd: folder,
      configName: basename(draft, '.draft'),
      fileExtension: 'draft',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
    });
    const wanted = { ...parse(textOf(path)), version: VERSION, ...config };
    store.store = wanted;
    const text = textOf(draft);
    if (JSON.stringify(parse(text)) !== JSON.stringify(wanted))
      throw Object.assign(new Error('the file is incomplete'), { code: 'ENOSPC' });
    await writeWhole(path, text, { mode: 0o600, pid });
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(path: string, { warn, now }: ConfigFileOptions): { config: Config; version: number } {
  let text: string;
  try {
    text = readPlainSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      warn(`${path} cannot be read (${systemReason(error, path)}); continuing without it`);
    return { config: EMPTY_CONFIG, version: VERSION };
  }
  const found = configOf(parse(text));
  if (found.version > VERSION || !found.isDamaged) return found;
  const kept = `${path}.corrupt-${now()}`;
  try {
    renameSync(path, kept);
    warn(`${path} was damaged; it is kept as ${kept}`);
  } catch {
    warn(`${path} is damaged; continuing without it`);
  }
  return { config: EMPTY_CONFIG, version: VERSION };
}

/** The content of a file; empty when there is no file. */
function textOf(path: string): string {
  try {
    return readPlainSync(path);
  } catch {
    return '';
  }
}

/** Parses the text. An editor may have added a byte order mark. */
function parse(text: string): Record<string, unknown> | null {
  return parseObject(text.replace(/^\ufeff/, ''));
}

/**
 * The settings in a file. A value with a wrong type counts as damage, because the next save would drop it without a
 * message (CASES B071).
 */
function configOf(fields: Record<string, unknown> | null): {
  config: Config;
  version: number;
  isDamaged: boolean;
} {
  let isDamaged = fields === null;
  const setting = <T>(name: string, isOfType: (value: unknown) => value is T, initial: T): T => {
    const value = fields?.[name] ?? initial;
    if (isOfType(value)) return value;
    isDamaged = true;
    return initial;
  };
  const config = {
    repositories: setting('repositories', isListOf(isStoredRepository), EMPTY_CONFIG.repositories),
    clientName: setting('clientName', isTextOrNull, EMPTY_CONFIG.clientName),
    store: setting('store', isStoreKind, EMPTY_CONFIG.store),
    updateNotice: setting('updateNotice', isBoolean, EMPTY_CONFIG.updateNotice),
  };
  const version = setting('version', isVersion, VERSION);
  return { config, version, isDamaged };
}

const isVersion = (value: unknown): value is number => typeof value === 'number' && value >= VERSION;

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';

export function isStoreKind(value: unknown): value is StoreKind {
  return STORE_KINDS.some((kind) => kind === value);
}

function isListOf<T>(isOfType: (value: unknown) => value is T): (value: unknown) => value is T[] {
  return (value): value is T[] => Array.isArray(value) && value.every(isOfType);
}

function isStoredRepository(value: unknown): value is StoredRepository {
  return (
    typeof value === 'object' &&
    value !== null &&
    'alias' in value &&
    typeof value.alias === 'string' &&
    'location' in value &&
    typeof value.location === 'string' &&
    (!('baseUrl' in value) || typeof value.baseUrl === 'string')
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
