// The receipt beside a result: which revision of which model produced it (schemas/receipt.schema.json).
import { isReceipt } from './replaceable.js';
import { openResultFile } from './result-file.js';

/** Writes `document` whole under `name` in `folder`. `replace`: an earlier receipt. Any other file stays, with a number beside it. */
export async function writeReceipt(
  { folder, name, replace }: { folder: string; name: string; replace: boolean },
  document: object,
  { umask, pid }: { umask: number; pid: number },
): Promise<string> {
  await using file = await openResultFile({ directory: folder, umask, pid });
  await file.write(Buffer.from(`${JSON.stringify(document, null, 2)}\n`));
  return (await file.commit(name, { overwrite: replace ? isReceipt : false, onTaken: 'number' })).path;
}
