// The receipts and results of earlier runs in a folder, for `--skip-done`.
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelSource } from '../../core/ports/model.js';
import type { FoundReceipt, NamedModel } from '../../core/ports/result.js';
import { sha256Of } from '../files/file-hash.js';
import { RECEIPT_ENDING, readWholeReceipt } from '../files/receipt-file.js';
import type { ResultPlaces } from './result-place.js';

/** Reads the receipts where the result of a model would be, each folder once. */
export function receiptReader(
  places: Pick<ResultPlaces, 'of'>,
): (model: NamedModel) => Promise<FoundReceipt[]> {
  const folders = new Map<string, Promise<FoundReceipt[]>>();
  return async (model) => {
    const place = await places.of(model);
    if (place.kind === 'stdout' || place.kind === 'through') return [];
    const { folder } = place;
    const known = folders.get(folder) ?? receiptsIn(folder);
    folders.set(folder, known);
    return place.kind === 'folder'
      ? known
      : (await known).filter((each) => resultNameIn(each) === place.name);
  };
}

async function receiptsIn(folder: string): Promise<FoundReceipt[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(RECEIPT_ENDING));
  const found: FoundReceipt[] = [];
  for (const name of names) {
    const fields = await readWholeReceipt(join(folder, name));
    if (fields !== null) found.push({ folder, name, fields });
  }
  return found;
}

/** The name of the file that the receipt stands beside. */
function resultNameIn({ name }: FoundReceipt): string {
  return name.slice(0, -RECEIPT_ENDING.length);
}

/** The path of the file when it has exactly this content; otherwise null. */
export async function unchangedFile(file: {
  folder: string;
  name: string;
  bytes: number;
  sha256: string;
}): Promise<string | null> {
  const path = join(file.folder, file.name);
  const stats = await stat(path).catch(() => null);
  if (stats === null || !stats.isFile() || stats.size !== file.bytes) return null;
  return (await sha256Of(path).catch(() => null)) === file.sha256 ? path : null;
}

/** The SHA-256 of what would be sent of a model. */
export async function hashOfSource(model: ModelSource): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of model.body()) hash.update(piece);
  return hash.digest('hex');
}
