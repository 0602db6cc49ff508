// Reads the receipt `RESULT.run.json` that an earlier run wrote (schemas/receipt.schema.json).
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { objectOf, parseObject } from '../../protocol/text/json-object.js';
import { readFully } from './read-chunks.js';

/** A receipt has a few KiB, and more with many gates; a larger file is not a receipt. */
const MAX_RECEIPT = 4 * 1024 * 1024;

/** What is used of a receipt. A member is null where the run had none, or the file has another form. */
export interface ReceiptFacts {
  serviceId: string | null;
  outcome: string | null;
  resourceUrl: string | null;
  /** The model as it was named. */
  modelPath: string | null;
  modelSha256: string | null;
  outputPath: string | null;
  outputBytes: number | null;
  outputSha256: string | null;
}

/** How the name of every receipt ends. */
export const RECEIPT_ENDING = '.run.json';

/** The path of the receipt of `result` (a path). */
export function receiptPath(result: string): string {
  return result + RECEIPT_ENDING;
}

/** The receipt at `path`, or null when this program wrote none there. */
export async function readReceipt(path: string): Promise<ReceiptFacts | null> {
  const receipt = await readWholeReceipt(path);
  if (receipt === null) return null;
  const [service, input, output] = [receipt.service, receipt.input, receipt.output].map(objectOf);
  return {
    serviceId: textOf(service?.id),
    outcome: textOf(receipt.outcome),
    resourceUrl: textOf(service?.resourceUrl),
    modelPath: textOf(input?.path),
    modelSha256: textOf(input?.sha256),
    outputPath: textOf(output?.path),
    outputBytes: typeof output?.bytes === 'number' ? output.bytes : null,
    outputSha256: textOf(output?.sha256),
  };
}

/** All members of the receipt at `path`, not checked, or null when this program wrote none there. */
export async function readWholeReceipt(path: string): Promise<Record<string, unknown> | null> {
  try {
    // Opening a pipe would wait for a program that writes to it.
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > MAX_RECEIPT) return null;
    const text = Buffer.from(await readFully(handle, 0, stats.size)).toString('utf8');
    const receipt = parseObject(text);
    return receipt?.tool === 'bimservice' ? receipt : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
