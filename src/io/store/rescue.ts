// Saves credentials in a separate file when the store cannot be written, in a folder that only this account can read.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CredentialBundle, writeBundle } from '../../protocol/oauth/credential-bundle.js';
import type { Secret } from '../../secret.js';
import { writeWhole } from '../files/write-whole.js';

/**
 * Writes `bundle` in the form of `token --export` (0600 in a new 0700 folder), below one of `folders` or the system's
 * temporary folder. Returns the path, or null when no folder can be written.
 */
export async function rescueCredentials(
  bundle: CredentialBundle,
  passphrase: Secret | null,
  folders: readonly string[],
  pid: number,
): Promise<string | null> {
  const line = await writeBundle(bundle, passphrase);
  for (const parent of [...folders, tmpdir()]) {
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(parent, 'bimservice-rescued-'));
      const file = join(folder, 'credentials.txt');
      await writeWhole(file, `${line}\n`, { mode: 0o600, pid });
      return file;
    } catch {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
  return null;
}
