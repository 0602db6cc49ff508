// Writes the receipt beside a result: which revision of which model produced it (schemas/receipt.schema.json).
import { outputJson } from '../../protocol/text/json-output.js';
import { isReceipt } from './replaceable.js';
import { openResultFile } from './result-file.js';

/** Writes `document` completely as `name` in `folder`. `replace`: replaces an earlier receipt. For any other file a number is added to the name. */
export async function writeReceipt(
  { folder, name, replace }: { folder: string; name: string; replace: boolean },
  document: object,
  { umask, pid }: { umask: number; pid: number },
): Promise<string> {
  await using file = await openResultFile({ directory: folder, umask, pid });
  await file.write(Buffer.from(`${outputJson(document, 2)}\n`));
  return (await file.commit(name, { overwrite: replace ? isReceipt : false, onTaken: 'number' })).path;
}
