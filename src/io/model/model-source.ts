// Opens a model for sending: its type, its length, and its bytes exactly as they are on disk.

import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { ModelSource } from '../../core/ports/model.js';
import { BimServiceError } from '../../errors.js';
import { ModelDetection } from '../../protocol/content/model-detection.js';
import type { RefusedModel } from '../../protocol/content/model-type.js';
import { detectFile } from '../files/detect-file.js';
import { chunksOf } from '../files/read-chunks.js';
import { isDirectory, modelChanged, readingModel as reading } from './model-errors.js';
import { type PieceRing, returnRing, ringChunks, takeRing } from './piece-ring.js';

/**
 * Opens a model: a file, a FIFO or device, or `-` for `stdin`. The type comes from the content. One model in a zip
 * archive is unpacked while it is read, and `length` is then the length of the model. A file that is not a model is
 * `detected` as refused, and its bytes are still available. `body` throws BimServiceError `model-unreadable` or
 * `model-changed` before its last piece, so that a request with a length stays incomplete and no service accepts a
 * mixed model. Throws BimServiceError `model-unreadable`, or `usage` for `-` without a stdin.
 */
export async function openModel(
  path: string,
  { stdin }: { stdin?: AsyncIterable<Uint8Array> } = {},
): Promise<ModelSource> {
  if (path === '-') {
    if (stdin === undefined)
      throw new BimServiceError('usage', 'There is no standard input to read a model from');
    return openStream(path, stdin);
  }
  const handle = await reading(path, () => open(path, 'r'));
  try {
    const stats = await reading(path, () => handle.stat({ bigint: true }));
    if (stats.isDirectory()) throw isDirectory(path);
    return stats.isFile() && stats.size > 0n
      ? await openFile(path, handle, stats)
      : await openUnsized(path, handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(path: string, handle: FileHandle, opened: BigIntStats): Promise<ModelSource> {
  const size = Number(opened.size);
  const found = await reading(path, () => detectFile(handle, size));
  const zipped = found.kind === 'zip' ? await resolveArchive(path, handle) : null;
  const rings: PieceRing[] = [];
  const bytes = () => {
    if (zipped?.entry) return zipped.entry.read();
    // One ring for each reading: the last read of an interrupted one may still be running when the next one begins.
    const ring = takeRing(size);
    rings.push(ring);
    return ringChunks(handle, size, ring);
  };
  const body = () => checkedPieces(path, handle, opened, bytes());
  return {
    path,
    repeatable: true,
    length: zipped?.entry?.size ?? size,
    detected: found.kind === 'zip' ? (zipped?.detected ?? detectedZip()) : found,
    ...(zipped?.entry
      ? {
          archive: {
            member: zipped.entry.name,
            bytes: size,
            sha256: () => reading(path, () => hashOf(handle, size)),
          },
        }
      : {}),
    body,
    [Symbol.asyncDispose]: async () => {
      await handle.close();
      for (const ring of rings.splice(0)) returnRing(ring);
    },
  };
}

async function hashOf(handle: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of chunksOf(handle, size)) hash.update(piece);
  return hash.digest('hex');
}

async function resolveArchive(path: string, handle: FileHandle) {
  const { resolveZip } = await import('./zipped-model.js');
  return reading(path, () => resolveZip(handle));
}

/** Opens FIFOs, devices, and files with content but without a size (procfs); not empty files. */
async function openUnsized(path: string, handle: FileHandle): Promise<ModelSource> {
  const stream = await openStream(path, chunksOf(handle, null), () => handle.close());
  const empty = stream.detected.kind === 'refused' && stream.detected.reason === 'empty';
  return empty ? { ...stream, length: 0 } : stream;
}

/** What is read ahead of a stream is held in memory. A type that comes later (bytes) has to be named. */
const MOST_AHEAD = 64 * 1024 * 1024;

/** Reads until the type is known, and then yields those bytes again before the rest. */
export async function openStream(
  path: string,
  source: AsyncIterable<Uint8Array>,
  close: () => Promise<void> = async () => {},
): Promise<ModelSource> {
  const rest = source[Symbol.asyncIterator]();
  const ahead: Uint8Array[] = [];
  const detection = new ModelDetection();
  let length = 0;
  let ended = false;
  while (detection.wantsMore && length < MOST_AHEAD && !ended) {
    const step = await reading(path, () => rest.next());
    if (step.done === true) ended = true;
    else {
      ahead.push(step.value);
      length += step.value.byteLength;
      detection.write(step.value);
    }
  }
  const found = detection.end(null, ended);
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* ahead.splice(0);
    while (!ended) {
      const step = await reading(path, () => rest.next());
      if (step.done === true) return;
      yield step.value;
    }
  }
  return {
    path,
    repeatable: false,
    length: null,
    detected: found.kind === 'zip' ? detectedZip() : found,
    body: once(bytes),
    [Symbol.asyncDispose]: async () => {
      // Not awaited: it would wait for a read that may never end.
      Promise.resolve(rest.return?.()).catch(() => {});
      await close();
    },
  };
}

export function detectedZip(): RefusedModel {
  const message = 'is a zip archive on a stream, which cannot be unpacked; give it as a file';
  return { kind: 'refused', reason: 'zip-on-a-stream', message };
}

/** Passes pieces on with a delay of one, and checks the file again before it yields the last one. */
async function* checkedPieces(
  path: string,
  handle: FileHandle,
  opened: BigIntStats,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array | null = null;
  try {
    for (;;) {
      const step = await reading(path, () => pieces.next());
      if (step.done === true) break;
      if (held !== null) yield held;
      held = step.value;
    }
  } finally {
    await pieces.return();
  }
  await checkUnchanged(path, handle, opened);
  if (held !== null) yield held;
}

async function checkUnchanged(path: string, handle: FileHandle, opened: BigIntStats): Promise<void> {
  const now = await reading(path, () => handle.stat({ bigint: true }));
  // A deleted file is still complete in our handle. Another file under its name means that ours is out of date.
  const named = await stat(path, { bigint: true }).catch(() => null);
  const how =
    now.size < opened.size
      ? 'became shorter'
      : now.size > opened.size
        ? 'became longer'
        : now.mtimeNs !== opened.mtimeNs
          ? 'was written to'
          : named !== null && (named.ino !== opened.ino || named.dev !== opened.dev)
            ? 'was replaced'
            : hasHiddenWrite(opened, now) && named !== null
              ? 'was written to'
              : null;
  if (how !== null) throw modelChanged(path, how);
}

/**
 * True where something of the file changed that is neither its time nor its rights, owner or names: a program wrote to it and
 * set the time back. Programs can set mtime, but not ctime.
 */
function hasHiddenWrite(before: BigIntStats, now: BigIntStats): boolean {
  const isSame = (['mode', 'uid', 'gid', 'nlink'] as const).every((name) => before[name] === now[name]);
  return isSame && before.ctimeNs !== now.ctimeNs;
}

function once<T>(make: () => T): () => T {
  let used = false;
  return () => {
    if (used) throw new Error('the body of a model can be read only once');
    used = true;
    return make();
  };
}
