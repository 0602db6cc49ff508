// Finds the earlier result that a result is compared with: the result itself, its receipt, or a folder of receipts.

import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BimServiceError } from '../../errors.js';
import type { BcfTopic } from '../../protocol/bcf/topic.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { lastSegment } from '../../protocol/text/cut.js';
import { RECEIPT_ENDING, type ReceiptFacts, readReceipt, receiptPath } from '../files/receipt-file.js';
import { systemReason } from '../files/system-reason.js';
import { readContent } from './read-content.js';

export interface Baseline {
  /** The path of the earlier result. */
  path: string;
  topics: BcfTopic[];
  /** What its receipt says; null without one. */
  receipt: ReceiptFacts | null;
}

/**
 * The earlier result at `path`. In a folder it is that of the model named `modelPath`, by the receipts: the same path as
 * named, otherwise the only one with the same file name, or null. Throws `result-unreadable`,
 * `result-incomplete` where it cannot be read as a whole, and `result-unexpected` where it is no BCF.
 */
export async function readBaseline(
  path: string,
  modelPath: string | null,
  signal: AbortSignal,
): Promise<Baseline | null> {
  const stats = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (stats.isDirectory()) {
    const found = await inFolder(path, modelPath);
    return found === null ? null : readResult(found.path, found.receipt, signal);
  }
  const receipt = await readReceipt(path);
  if (receipt === null) return readResult(path, await receiptOfResult(path), signal);
  const result = resultOf(path, receipt);
  // A run without a result found nothing.
  return result === null ? { path, topics: [], receipt } : readResult(result, receipt, signal);
}

function unreadable(path: string, error: unknown): BimServiceError {
  return new BimServiceError(
    'result-unreadable',
    `--baseline ${cleanText(path)} cannot be read (${systemReason(error, path)})`,
    { hint: 'For a first run without an earlier result leave --baseline out.', cause: error },
  );
}

/** True for a folder; false also where there is nothing. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/** The receipt beside a result, or null; a receipt of another result does not count. */
export async function receiptOfResult(path: string): Promise<ReceiptFacts | null> {
  const [receipt, stats] = await Promise.all([readReceipt(receiptPath(path)), stat(path).catch(() => null)]);
  if (receipt?.outputPath == null || stats === null) return null;
  const isOwn = lastSegment(receipt.outputPath) === lastSegment(path) && receipt.outputBytes === stats.size;
  return isOwn ? receipt : null;
}

/**
 * The path of the result that a receipt names; null for a run without one. Results and receipts may have been moved
 * together, so the folder of the receipt comes first.
 */
export function resultOf(receiptFile: string, { outputPath }: ReceiptFacts): string | null {
  if (outputPath === null) return null;
  const beside = receiptFile.endsWith(RECEIPT_ENDING) ? receiptFile.slice(0, -RECEIPT_ENDING.length) : null;
  return beside !== null && lastSegment(beside) === lastSegment(outputPath)
    ? beside
    : join(dirname(receiptFile), lastSegment(outputPath));
}

async function readResult(
  path: string,
  receipt: ReceiptFacts | null,
  signal: AbortSignal,
): Promise<Baseline> {
  const content = await readContent(path, signal);
  if (content.kind !== 'bcf')
    throw new BimServiceError('result-unexpected', `the earlier result ${cleanText(path)} is no BCF`, {
      hint: '--baseline takes a BCF result, its receipt, or a folder with receipts.',
    });
  const { topics, problems } = content.document;
  const [first] = problems;
  if (first !== undefined)
    throw new BimServiceError(
      'result-incomplete',
      `the earlier result ${cleanText(path)} cannot be read as a whole: ${cleanText(first.entry, 120)} ${first.message}`,
    );
  return { path, topics, receipt };
}

async function inFolder(
  folder: string,
  modelPath: string | null,
): Promise<{ path: string; receipt: ReceiptFacts } | null> {
  if (modelPath === null) return null;
  const all = await readdir(folder).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  const names = all.filter((name) => name.endsWith(RECEIPT_ENDING));
  const known: { path: string; receipt: ReceiptFacts }[] = [];
  for (const name of names) {
    const receipt = await readReceipt(join(folder, name));
    const path = receipt === null ? null : resultOf(join(folder, name), receipt);
    if (receipt !== null && path !== null) known.push({ path, receipt });
  }
  const named = known.filter(({ receipt }) => receipt.modelPath === modelPath);
  const alike = known.filter(
    ({ receipt }) => receipt.modelPath !== null && lastSegment(receipt.modelPath) === lastSegment(modelPath),
  );
  const candidates = named.length > 0 ? named : alike;
  if (candidates.length > 1)
    throw new BimServiceError(
      'usage',
      `--baseline ${cleanText(folder)} has ${candidates.length} results of ${cleanText(modelPath)}`,
      { hint: 'Name one of them.' },
    );
  return candidates[0] ?? null;
}
