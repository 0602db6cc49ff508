// Finds where a zip archive begins and ends in a file that has other bytes before or after it (a line end, a PHP notice).

/** Random access to the bytes that are looked at. */
export interface ByteSource {
  size: number;
  /** Up to `length` bytes from `position`; fewer only where the source ends. */
  read(position: number, length: number): Promise<Uint8Array>;
}

/** Byte positions; `end` is the one after the last byte. */
export interface ArchiveRange {
  start: number;
  end: number;
}

/** More foreign bytes than this before or after an archive are not looked for. */
const MOST_FOREIGN = 1024 * 1024;

const END_RECORD = 22;
const LONGEST_COMMENT = 0xffff;
const END_SIGNATURE = Buffer.from([0x50, 0x4b, 5, 6]);
const LOCATOR_64 = { bytes: 20, signature: 0x07064b50 };
const END_64 = { bytes: 56, signature: 0x06064b50 };
const LOCAL_SIGNATURE = 0x04034b50;

/**
 * The range of the archive, by its end record and the place and size of its directory (APPNOTE 4.3.16), or null.
 * Of several end records the last one that fits counts.
 */
export async function findArchive(source: ByteSource): Promise<ArchiveRange | null> {
  const from = Math.max(0, source.size - MOST_FOREIGN - LONGEST_COMMENT - END_RECORD);
  const tail = Buffer.from(await source.read(from, source.size - from));
  for (
    let at = tail.lastIndexOf(END_SIGNATURE);
    at >= 0;
    at = at === 0 ? -1 : tail.lastIndexOf(END_SIGNATURE, at - 1)
  ) {
    const range = await rangeOf(source, tail, from, at);
    if (range !== null) return range;
  }
  return null;
}

async function rangeOf(
  source: ByteSource,
  tail: Buffer,
  from: number,
  at: number,
): Promise<ArchiveRange | null> {
  if (at + END_RECORD > tail.length) return null;
  const end = at + END_RECORD + tail.readUInt16LE(at + 20);
  if (end > tail.length) return null;
  const directory = directoryOf(tail, at) ?? {
    end: at,
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  const start = from + directory.end - directory.size - directory.offset;
  if (start < 0 || start > MOST_FOREIGN) return null;
  if (directory.size > 0) {
    const first = Buffer.from(await source.read(start, 4));
    if (first.length < 4 || first.readUInt32LE(0) !== LOCAL_SIGNATURE) return null;
  }
  return { start, end: from + end };
}

/** The directory of a ZIP64 archive; null for an ordinary one. */
function directoryOf(tail: Buffer, at: number): { end: number; size: number; offset: number } | null {
  const record = at - LOCATOR_64.bytes - END_64.bytes;
  if (record < 0 || tail.readUInt32LE(at - LOCATOR_64.bytes) !== LOCATOR_64.signature) return null;
  if (tail.readUInt32LE(record) !== END_64.signature) return null;
  return {
    end: record,
    size: Number(tail.readBigUInt64LE(record + 40)),
    offset: Number(tail.readBigUInt64LE(record + 48)),
  };
}
