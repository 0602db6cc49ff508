// Whether other users of this machine could have put something into our folder, or could read a file with secrets.
import { type Stats, statSync } from 'node:fs';
import { platform, userInfo } from 'node:os';
import { BimServiceError } from '../../errors.js';
import { shellWord } from '../../protocol/text/shell-word.js';

const WRITABLE_BY_OTHERS = 0o022;
const READABLE_BY_OTHERS = 0o044;

/** Our user id; null where files have no owner of that kind (Windows) or the account has no entry. */
function ownId(): number | null {
  if (platform() === 'win32') return null;
  try {
    return userInfo().uid;
  } catch {
    return null;
  }
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/**
 * Throws `store-not-writable` where `folder` belongs to another user, who could replace any credential in it, and warns
 * where others may write there. root may use any folder (sudo). A folder that is not there is safe.
 */
export async function checkFolder(folder: string, warn: (line: string) => void): Promise<void> {
  const own = ownId();
  const found = own === null ? null : statsOf(folder);
  if (own === null || found === null || !found.isDirectory()) return;
  if (found.uid !== own && found.uid !== 0 && own !== 0) {
    throw new BimServiceError('store-not-writable', `${folder} belongs to another user (uid ${found.uid})`, {
      hint: 'Use a folder of your own: --config-dir DIR. Credentials in a foreign folder are not safe.',
    });
  }
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0)
    warn(
      `other users may write to ${folder} and replace what is in it; to close it: chmod go-w ${shellWord(folder)}`,
    );
}

/** Warns where other users may read the file `path`, which holds secrets. */
export async function checkSecretFile(path: string, warn: (line: string) => void): Promise<void> {
  if (ownId() === null) return;
  const found = statsOf(path);
  if (found?.isFile() && (found.mode & READABLE_BY_OTHERS) !== 0)
    warn(`other users may read the credentials in ${path}; to close it: chmod go-rwx ${shellWord(path)}`);
}
