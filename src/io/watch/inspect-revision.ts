// Reads a model that may be a new revision: is it whole, and what is its content?
import { type FileHandle, open } from 'node:fs/promises';
import type { Inspection } from '../../core/ports/watch.js';
import { systemErrorCode } from '../../errors.js';
import { kindOf } from '../../protocol/content/content-kind.js';
import { HEAD_BYTES } from '../../protocol/content/model-type.js';
import { RevisionHash } from '../../protocol/content/revision-hash.js';
import { hasStepEnd } from '../../protocol/content/step-header.js';
import { chunksOf, readFully } from '../files/read-chunks.js';
import { readTail } from '../files/read-tail.js';
import { systemReason } from '../files/system-reason.js';
import { ZipDefect } from '../files/zip-defect.js';
import { fileMark, fileMarkAt } from './file-mark.js';

/** Of an archive with one model in it, the model is hashed. Throws the reason of `signal`. */
export async function inspectRevision(path: string, signal: AbortSignal): Promise<Inspection> {
  try {
    await using handle = await open(path, 'r');
    const before = await handle.stat({ bigint: true });
    const mark = fileMark(before);
    const found = await contentOf(handle, Number(before.size), signal);
    const isSame =
      fileMark(await handle.stat({ bigint: true })) === mark && (await fileMarkAt(path)) === mark;
    if (!isSame) return { kind: 'changed' };
    return found.kind === 'ready' || found.kind === 'unfinished' ? { ...found, mark } : found;
  } catch (error) {
    signal.throwIfAborted();
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return { kind: 'changed' };
    if (code === undefined) throw error;
    return { kind: 'unreadable', why: `cannot be read: ${systemReason(error, path)}` };
  }
}

type Content = { kind: 'ready'; hash: string } | { kind: 'unfinished'; why: string };

async function contentOf(handle: FileHandle, size: number, signal: AbortSignal): Promise<Content> {
  if (size === 0) return { kind: 'unfinished', why: 'is empty' };
  const head = await readFully(handle, 0, Math.min(size, HEAD_BYTES));
  if (head.every((byte) => byte === 0))
    return { kind: 'unfinished', why: 'begins with nothing but zero bytes' };
  const kind = kindOf(head);
  if (kind === 'step' && !hasStepEnd(await readTail(handle, size)))
    return { kind: 'unfinished', why: 'does not end with END-ISO-10303-21' };
  if (kind === 'zip') return zipContent(handle, size, signal);
  return { kind: 'ready', hash: await hashOf(chunksOf(handle, size), signal) };
}

async function zipContent(handle: FileHandle, size: number, signal: AbortSignal): Promise<Content> {
  const { resolveZip } = await import('../model/zipped-model.js');
  const { detected, entry } = await resolveZip(handle);
  // The directory of an archive is at its end, so a copy that is not complete has none.
  if (detected.kind === 'refused' && detected.reason === 'zip-damaged')
    return { kind: 'unfinished', why: detected.message };
  try {
    return { kind: 'ready', hash: await hashOf(entry?.read() ?? chunksOf(handle, size), signal) };
  } catch (error) {
    if (error instanceof ZipDefect) return { kind: 'unfinished', why: error.message };
    throw error;
  }
}

async function hashOf(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
  const hash = new RevisionHash();
  for await (const piece of pieces) {
    signal.throwIfAborted();
    hash.update(piece);
  }
  return hash.hex();
}
