// Reads a result for gates and comparison: topics of BCF, or a JSON value. Everything else is named only.

import { type FileHandle, open, stat } from 'node:fs/promises';
import { BimServiceError } from '../../errors.js';
import type { BcfDocument } from '../../protocol/bcf/topic.js';
import { kindOf } from '../../protocol/content/content-kind.js';
import { bytesText, cleanText } from '../../protocol/text/clean-text.js';
import { asJson, decodeJson } from '../../protocol/text/decode-json.js';
import { readFully } from '../files/read-chunks.js';
import { systemReason } from '../files/system-reason.js';
import { findArchive } from '../files/zip-range.js';
import { readBcf } from './open-bcf.js';

export type ResultContent =
  | { kind: 'bcf'; document: BcfDocument }
  | { kind: 'json'; value: unknown }
  /** `what`: what it is, in a few words. */
  | { kind: 'other'; what: string };

/** The largest JSON that is read into memory. */
const MOST_JSON = 256 * 1024 * 1024;

const HEAD = 4096;

/** Throws like `readBcf`, also for a zip archive without BCF. `shown` is the name for messages. */
export async function readContent(path: string, signal: AbortSignal, shown = path): Promise<ResultContent> {
  const found = await looked(path, shown);
  return found ?? { kind: 'bcf', document: await readBcf(path, signal, shown) };
}

/** Null for an archive. */
async function looked(path: string, shown: string): Promise<ResultContent | null> {
  try {
    // Before it is opened: opening a pipe waits for its writer.
    const stats = await stat(path);
    if (!stats.isFile())
      return { kind: 'other', what: stats.isDirectory() ? 'a folder' : 'a pipe or a device' };
    await using handle = await open(path, 'r');
    const kind = kindOf(await readFully(handle, 0, Math.min(HEAD, stats.size)));
    if (kind === 'zip' || (await findArchive(sourceOf(handle, stats.size))) !== null) return null;
    return kind === 'json' ? await readJson(handle, stats.size) : { kind: 'other', what: wordsFor(kind) };
  } catch (error) {
    throw new BimServiceError(
      'result-unreadable',
      `${cleanText(shown)} cannot be read (${systemReason(error, path)})`,
      { hint: 'Check the path, and who may read the file.', cause: error },
    );
  }
}

function sourceOf(handle: FileHandle, size: number) {
  return { size, read: (at: number, length: number) => readFully(handle, at, length) };
}

async function readJson(handle: FileHandle, size: number): Promise<ResultContent> {
  if (size > MOST_JSON) return { kind: 'other', what: `JSON of more than ${bytesText(MOST_JSON)}` };
  const json = asJson(decodeJson(await readFully(handle, 0, size), 'the result'));
  return json === null ? { kind: 'other', what: 'damaged JSON' } : { kind: 'json', value: json.value };
}

function wordsFor(kind: string): string {
  return kind === 'empty'
    ? 'an empty file'
    : kind === 'binary'
      ? 'binary data'
      : kind === 'step'
        ? 'a model'
        : kind;
}
