// Reads zip archives by their central directory, in constant memory. Entry names are only compared, never used as paths.

import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  type Entry,
  fromBufferPromise,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';
import { asError, messageOf, systemErrorCode } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { readFully } from './read-chunks.js';
import { ZipDefect } from './zip-defect.js';
import type { ArchiveRange } from './zip-range.js';

/** More entries than this are treated as an attack on memory. */
const MAX_ENTRIES = 100_000;

export interface ZipEntry {
  /** As in the directory, with `/` for `\`; may contain `../` and anything else. */
  name: string;
  /** The unpacked size in bytes, as the directory says. */
  size: number;
  /**
   * The unpacked bytes; can be read once. Throws a ZipDefect when there are more or fewer than `size` bytes (which stops
   * a zip bomb) or when their CRC-32 is wrong. The last piece is yielded only after that check.
   */
  read(): AsyncGenerator<Uint8Array, void, undefined>;
}

// Without decodeStrings, a name like `../x` is not an error: names are not used as paths here.
const OPTIONS = { autoClose: false, decodeStrings: false };

/**
 * The entries of the archive in an open file or in memory, without directories; `range` where other bytes are before or
 * after the archive. The caller owns a handle and must keep it open while entries are read. Throws a ZipDefect, or the
 * system's error when reading fails.
 */
export async function readZip(from: FileHandle | Buffer, range?: ArchiveRange): Promise<ZipEntry[]> {
  return withZipDefects(async () => {
    const zip = await openZip(from, range);
    if (zip.entryCount > MAX_ENTRIES) throw new ZipDefect(`has more than ${MAX_ENTRIES} entries`);
    const entries: ZipEntry[] = [];
    for await (const entry of zip.eachEntry()) {
      const name = getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileNameRaw,
        entry.extraFields,
        false,
      );
      if (name.endsWith('/')) continue;
      entries.push({ name, size: entry.uncompressedSize, read: () => readEntry(zip, entry, name) });
    }
    return entries;
  });
}

async function openZip(from: FileHandle | Buffer, range?: ArchiveRange): Promise<ZipFile> {
  if (Buffer.isBuffer(from))
    return fromBufferPromise(from.subarray(range?.start, range?.end), { ...OPTIONS });
  const { start, end } = range ?? { start: 0, end: (await from.stat()).size };
  return fromRandomAccessReaderPromise(new RangeReader(from, start), end - start, { ...OPTIONS });
}

/** A range is read in pieces of so many bytes. */
const RANGE_BYTES = 64 * 1024;

/** So many bytes are read and kept for a short read. */
const KEPT_BYTES = 16 * 1024;

/**
 * Reads an archive that begins at `start` of a file. yauzl reads each line of the directory in two steps, so the bytes after a
 * step are kept: a directory of 65,000 entries takes 400 reads of the file and not 130,000.
 */
class RangeReader extends RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #start: number;
  #kept: { at: number; bytes: Uint8Array } = { at: 0, bytes: new Uint8Array() };

  constructor(handle: FileHandle, start: number) {
    super();
    this.#handle = handle;
    this.#start = start;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#bytes(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(bytes.length < length ? new Error('unexpected EOF') : null);
      },
      (error: unknown) => callback(asError(error)),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end), { objectMode: false });
  }

  /** Not a stream of the file itself: its end would close the handle, which is not ours. */
  async *#pieces(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = start; at < end; ) {
      const bytes = await this.#bytes(at, Math.min(RANGE_BYTES, end - at));
      if (bytes.length === 0) return;
      at += bytes.length;
      yield bytes;
    }
  }

  /** Up to `length` bytes from `position` of the archive; fewer only where the file ends. */
  async #bytes(position: number, length: number): Promise<Uint8Array> {
    const before = position - this.#kept.at;
    if (before >= 0 && before + length <= this.#kept.bytes.length)
      return this.#kept.bytes.subarray(before, before + length);
    const bytes = await readFully(this.#handle, this.#start + position, Math.max(length, KEPT_BYTES));
    this.#kept = { at: position, bytes };
    return bytes.subarray(0, length);
  }
}

async function* readEntry(
  zip: ZipFile,
  entry: Entry,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const shown = cleanText(name, 80);
  if (entry.isEncrypted()) throw new ZipDefect(`is protected with a password (${shown})`);
  if (!entry.canDecodeFileData()) {
    throw new ZipDefect(
      `uses compression method ${entry.compressionMethod}, which is not supported (${shown})`,
    );
  }
  const stream = await withZipDefects(() => zip.openReadStreamPromise(entry));
  try {
    const pieces: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
    let checksum = 0;
    let held: Uint8Array | null = null;
    for (;;) {
      const step = await withZipDefects(() => pieces.next());
      if (step.done === true) break;
      if (!(step.value instanceof Uint8Array))
        throw new TypeError('a zip entry yielded something other than bytes');
      checksum = crc32(step.value, checksum);
      if (held !== null) yield held;
      held = step.value;
    }
    if (checksum !== entry.crc32) throw new ZipDefect(`is damaged: the checksum of ${shown} is wrong`);
    if (held !== null) yield held;
  } finally {
    stream.destroy();
  }
}

/** The start of an entry, at most `limit` bytes. */
export async function readEntryHead(entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of entry.read()) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length >= limit) break;
  }
  return Buffer.concat(pieces).subarray(0, limit);
}

/** Turns errors of yauzl and zlib into a ZipDefect; passes system errors on. */
async function withZipDefects<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof ZipDefect || /^E[A-Z0-9]+$/.test(systemErrorCode(error) ?? '')) throw error;
    const message = messageOf(error);
    if (/end of central directory/i.test(message)) {
      throw new ZipDefect('is a zip archive without a central directory: it is cut off', { cause: error });
    }
    throw new ZipDefect(`is a damaged zip archive (${cleanText(message, 100)})`, { cause: error });
  }
}
