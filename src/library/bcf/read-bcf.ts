// Reads the topics of a BCF result, and saves their pictures.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readBcf as readArchive } from '../../io/bcf/open-bcf.js';
import { SnapshotNames, saveSnapshots as save } from '../../io/bcf/save-snapshots.js';
import type { BcfDocument, BcfProblem, BcfTopic } from '../../protocol/bcf/topic.js';
import { Client } from '../client/client.js';

/**
 * The topics of a BCF archive, a file or its bytes. Parts that cannot be read are `problems`. Throws BimServiceErrors
 * `result-unreadable`, `result-incomplete` for a damaged archive, and `result-unexpected` when it is no BCF.
 */
export async function readBcf(
  source: string | Uint8Array,
  options: { signal?: AbortSignal } = {},
): Promise<BcfDocument> {
  const { signal = new AbortController().signal } = options;
  if (typeof source === 'string') return readArchive(source, signal);
  // The reader works on files, because archives may be larger than memory.
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-bcf-'));
  try {
    const path = join(folder, 'result.bcf');
    await writeFile(path, source, { mode: 0o600 });
    return await readArchive(path, signal, 'the result');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export { SnapshotNames };

export interface SnapshotOptions {
  /** Where the pictures are saved; it is created when needed. */
  folder: string;
  /** In front of each name. */
  prefix?: string;
  /** The names in use, of several archives in one folder. */
  names?: SnapshotNames;
  /** Ends it with the error `interrupted`. */
  signal?: AbortSignal;
}

/**
 * Saves the pictures of `topics`, under names made of their GUIDs. Returns their paths by the names in the archive, and what could not
 * be read. Throws BimServiceErrors `result-not-writable`, and those of `readBcf`.
 */
export async function saveSnapshots(
  client: Client,
  file: string,
  topics: readonly BcfTopic[],
  options: SnapshotOptions,
): Promise<{ saved: Map<string, string>; problems: BcfProblem[] }> {
  using ports = Client.call(client, options.signal);
  const { cwd, umask, pid } = ports.place;
  const { folder, prefix = '', names = new SnapshotNames() } = options;
  const place = { folder: resolve(cwd, folder), prefix, umask, pid };
  return await save(resolve(cwd, file), topics, names, place, ports.signal);
}
