// Saves the pictures of topics as files. Their names are made of the GUIDs of the topics, never of names in the archive.

import { join } from 'node:path';
import { BimServiceError } from '../../errors.js';
import type { BcfProblem, BcfTopic } from '../../protocol/bcf/topic.js';
import { safeFileName } from '../../protocol/invocation/result-name.js';
import { bytesText } from '../../protocol/text/clean-text.js';
import { makeFolder } from '../files/make-folder.js';
import { systemReason } from '../files/system-reason.js';
import { writeWhole } from '../files/write-whole.js';
import { ZipDefect } from '../files/zip-defect.js';
import { openBcf } from './open-bcf.js';
import { pictureType } from './picture-type.js';

/** The largest picture that is saved. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface SnapshotOptions {
  folder: string;
  /** In front of each name, for several archives in one folder. */
  prefix: string;
  umask: number;
  pid: number;
}

/** The names in use; one for all archives of a command. Names differ by more than case. */
export class SnapshotNames {
  readonly #used = new Set<string>();

  take(wanted: string, extension: string): string {
    for (let n = 1; ; n += 1) {
      const name = `${n === 1 ? wanted : `${wanted}-${n}`}${extension}`;
      if (this.#used.has(name.toLowerCase())) continue;
      this.#used.add(name.toLowerCase());
      return name;
    }
  }
}

/**
 * Saves the snapshots of `topics`, each picture of the archive once. Returns the paths by the names in the archive, and what
 * could not be read. Throws `result-not-writable`.
 */
export async function saveSnapshots(
  archive: string,
  topics: readonly BcfTopic[],
  names: SnapshotNames,
  options: SnapshotOptions,
  signal: AbortSignal,
): Promise<{ saved: Map<string, string>; problems: BcfProblem[] }> {
  const saved = new Map<string, string>();
  const problems: BcfProblem[] = [];
  await using bcf = await openBcf(archive);
  for (const { guid, viewpoints } of topics) {
    for (const { snapshot } of viewpoints) {
      if (snapshot === null || saved.has(snapshot)) continue;
      signal.throwIfAborted();
      try {
        const bytes = await picture(bcf.read(snapshot));
        const name = names.take(`${options.prefix}${safeFileName(guid) ?? 'topic'}`, extensionOf(bytes));
        saved.set(snapshot, await write(join(options.folder, name), bytes, options));
      } catch (error) {
        if (!(error instanceof ZipDefect)) throw error;
        problems.push({ entry: snapshot, message: error.message });
      }
    }
  }
  return { saved, problems };
}

async function picture(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.byteLength;
    if (length > MOST_BYTES) throw new ZipDefect(`is larger than ${bytesText(MOST_BYTES)}`);
    all.push(piece);
  }
  return Buffer.concat(all);
}

/** By the content: BCF allows PNG and JPEG (BCF-XML, Documentation). Throws a ZipDefect for anything else. */
function extensionOf(bytes: Buffer): string {
  const type = pictureType(bytes);
  if (type === null) throw new ZipDefect('is neither PNG nor JPEG');
  return type === 'image/png' ? '.png' : '.jpg';
}

async function write(
  path: string,
  bytes: Uint8Array,
  { folder, umask, pid }: SnapshotOptions,
): Promise<string> {
  try {
    await makeFolder(folder);
    await writeWhole(path, bytes, { mode: 0o666 & ~umask, pid });
    return path;
  } catch (error) {
    throw new BimServiceError(
      'result-not-writable',
      `${path} cannot be written (${systemReason(error, path)})`,
      {
        cause: error,
      },
    );
  }
}
