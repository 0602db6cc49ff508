// What is known of newer versions, in a small file beside the cached lists.
import { dirname } from 'node:path';
import type { UpdateState } from '../../core/ports/updates.js';
import { parseObject } from '../../protocol/text/json-object.js';
import { makePrivateFolder } from '../files/make-folder.js';
import { readPlainSync } from '../files/plain-file.js';
import { writeWhole } from '../files/write-whole.js';

/** Null in each member that is not known, also where the file is damaged. Never throws. */
export function readUpdateFile(path: string): UpdateState {
  const { checkedAt, shownAt, latest } = parseObject(textOf(path)) ?? {};
  return {
    checkedAt: timeOf(checkedAt),
    shownAt: timeOf(shownAt),
    latest: typeof latest === 'string' ? latest : null,
  };
}

/** False where nothing can be written. */
export async function writeUpdateFile(path: string, state: UpdateState, pid: number): Promise<boolean> {
  try {
    await makePrivateFolder(dirname(path));
    await writeWhole(path, `${JSON.stringify(state)}\n`, { mode: 0o600, pid });
    return true;
  } catch {
    return false;
  }
}

function textOf(path: string): string {
  try {
    return readPlainSync(path);
  } catch {
    return '';
  }
}

function timeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
