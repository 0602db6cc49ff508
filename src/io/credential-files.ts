// The credential store: one JSON file each in a folder of its own, 0600 in 0700, written whole or not at all.
import { chmod, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  readRegistrationRecord,
  readTokenRecord,
  registrationKey,
  registrationRecord,
  tokenKey,
  tokenRecord,
} from '../core/credential-records.js';
import type { CredentialStore } from '../core/ports.js';
import { BimServiceError, systemErrorCode } from '../errors.js';
import { writeWhole } from './write-whole.js';

export interface CredentialFilesOptions {
  folder: string;
  warn: (line: string) => void;
  /** Epoch ms; names the copy of a damaged file. */
  now: () => number;
}

/** Credentials in `folder`. Failures are BimServiceErrors `store-not-writable` and `store-damaged` (exit 7). */
export function createCredentialFiles(options: CredentialFilesOptions): CredentialStore {
  const file = (key: string) => join(options.folder, `${key}.json`);
  return {
    readRegistration: (endpoints) => read(file(registrationKey(endpoints)), readRegistrationRecord, options),
    writeRegistration: (endpoints, registration) =>
      write(file(registrationKey(endpoints)), registrationRecord(endpoints, registration), options),
    deleteRegistration: (endpoints) => remove(file(registrationKey(endpoints))),
    readToken: (service) => read(file(tokenKey(service)), readTokenRecord, options),
    writeToken: (service, token) => write(file(tokenKey(service)), tokenRecord(service, token), options),
    deleteToken: (service) => remove(file(tokenKey(service))),
  };
}

async function read<T>(
  path: string,
  parse: (value: unknown) => T | null,
  options: CredentialFilesOptions,
): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    await tighten(path, 0o600, options);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new BimServiceError('store-damaged', `${path} cannot be read (${code ?? 'unknown'})`, {
      hint: 'Check the file and its owner, or name another folder with --config-dir.',
      cause: error,
    });
  }
  const value = parse(parseJson(text));
  if (value !== null) return value;
  throw await setAside(path, options);
}

/** A damaged file is kept under another name and never written over (CASES B070, B071). */
async function setAside(path: string, options: CredentialFilesOptions): Promise<BimServiceError> {
  const kept = `${path}.corrupt-${options.now()}`;
  const moved = await rename(path, kept).then(
    () => true,
    () => false,
  );
  return new BimServiceError(
    'store-damaged',
    moved
      ? `the stored credential was damaged; it is kept as ${kept}`
      : `the stored credential ${path} is damaged`,
    { hint: 'Authorize the service again.' },
  );
}

async function write(path: string, record: object, options: CredentialFilesOptions): Promise<void> {
  try {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await tighten(options.folder, 0o700, options);
    await writeWhole(path, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new BimServiceError(
      'store-not-writable',
      `could not save ${path} (${systemErrorCode(error) ?? 'unknown'})`,
      {
        hint: 'Check the folder, its owner and the free space, or name another folder with --config-dir.',
        cause: error,
      },
    );
  }
}

async function remove(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return false;
    throw new BimServiceError(
      'store-not-writable',
      `could not remove ${path} (${systemErrorCode(error) ?? 'unknown'})`,
      {
        cause: error,
      },
    );
  }
}

/** Takes away what others may do with a file or folder of ours (CASES B068). Windows has no such bits. */
async function tighten(path: string, mode: number, options: CredentialFilesOptions): Promise<void> {
  const found = (await stat(path)).mode & 0o777;
  if ((found & ~mode) === 0) return;
  await chmod(path, mode).then(
    () =>
      options.warn(`${path} was open to others (mode ${found.toString(8)}); now it is ${mode.toString(8)}`),
    () => options.warn(`${path} is open to others (mode ${found.toString(8)})`),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
