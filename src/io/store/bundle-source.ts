// The two sources of exported credentials: a variable, which is only read, and a file, which may be written back.
import { dirname } from 'node:path';
import type { BundleSource } from '../../core/ports/credentials.js';
import { BimServiceError } from '../../errors.js';
import {
  type CredentialBundle,
  isEncrypted,
  readBundle,
  writeBundle,
} from '../../protocol/oauth/credential-bundle.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { decodeText } from '../../protocol/text/decode-text.js';
import { unwrapped } from '../../protocol/text/unwrap.js';
import { Secret } from '../../secret.js';
import { readLocalFile } from '../files/read-input.js';
import { systemReason } from '../files/system-reason.js';
import { type Liveness, removeStaleParts } from '../files/unfinished-files.js';
import { writeWhole } from '../files/write-whole.js';
import { checkSecretFile } from './folder-safety.js';
import { LOCK_WAIT_MS, takeLock } from './lock.js';

/** Bundles in the text of BIMSERVICE_CREDENTIALS, one on each line. */
export function variableSource(text: string, passphrase: Secret | null): BundleSource {
  let loaded: Promise<CredentialBundle[]> | undefined;
  return {
    load: () => {
      loaded ??= Promise.all(
        linesOf(text).map((line) => named('BIMSERVICE_CREDENTIALS', readBundle(line, passphrase))),
      );
      return loaded;
    },
    save: async () => false,
    lock: async () => ({ [Symbol.asyncDispose]: async () => {} }),
  };
}

/** Bundles in a file, one on each line. Read again each time, because another run may have refreshed a token in it. */
export function fileSource(
  path: string,
  passphrase: Secret | null,
  { warn, ...liveness }: Liveness & { warn: (line: string) => void },
): BundleSource {
  const name = `BIMSERVICE_CREDENTIALS_FILE ${cleanText(path)}`;
  let cleaned: Promise<unknown> | undefined;
  // Decrypting a line takes 0.4 s on purpose, and a run needs it many times, so each is decrypted once.
  const opened = new Map<string, Promise<CredentialBundle>>();
  const open = async (line: Secret): Promise<CredentialBundle> => {
    const opening = opened.get(line.reveal()) ?? named(name, readBundle(line, passphrase));
    opened.set(line.reveal(), opening);
    const { records, ...rest } = await opening;
    return { ...rest, records: { ...records } };
  };
  return {
    async load() {
      cleaned ??= Promise.all([removeStaleParts(dirname(path), liveness), checkSecretFile(path, warn)]);
      await cleaned;
      return Promise.all(linesOf(await read(path)).map(open));
    },
    async save(bundles) {
      const sealed = linesOf(await read(path)).some(isEncrypted) ? passphrase : null;
      const lines = await Promise.all(bundles.map((bundle) => writeBundle(bundle, sealed)));
      return writeWhole(path, `${lines.join('\n')}\n`, { mode: 0o600, pid: liveness.pid }).then(
        () => true,
        () => false,
      );
    },
    async lock(signal) {
      try {
        return await takeLock(`${path}.lock`, { ...liveness, signal, waitMs: LOCK_WAIT_MS });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BimServiceError) throw error;
        // A folder without write access for a lock has none for a refreshed token either: nothing is shared, so no lock.
        return { [Symbol.asyncDispose]: async () => {} };
      }
    },
  };
}

/** What `reading` gives; the message of its error begins with `name`, which says where the line is. */
async function named(name: string, reading: Promise<CredentialBundle>): Promise<CredentialBundle> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    const { code, message, hint, cause } = error;
    throw new BimServiceError(code, `${name}: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      cause,
    });
  }
}

function linesOf(text: string): Secret[] {
  const lines = text
    .split(/\s+/)
    .map(unwrapped)
    .filter((line) => line !== '');
  return lines.map((line) => new Secret(line));
}

async function read(path: string): Promise<string> {
  try {
    return decodeText(await readLocalFile(path));
  } catch (error) {
    throw new BimServiceError(
      'usage',
      `BIMSERVICE_CREDENTIALS_FILE ${cleanText(path)} cannot be read (${systemReason(error, path)})`,
      {
        hint: 'Name a file that bimservice token SERVICE --export --output FILE wrote, or unset the variable.',
        cause: error,
      },
    );
  }
}
