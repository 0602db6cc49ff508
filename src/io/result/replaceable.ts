// Decides what `--force` may replace under a name from a service: an earlier result of the same service, never an input.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { objectOf, parseObject } from '../../protocol/text/json-object.js';
import { readFully } from '../files/read-chunks.js';

/** A receipt has a few KiB; a larger file is not a receipt. */
const MAX_RECEIPT = 256 * 1024;

/** The path of the receipt of `result` (a path). */
export function receiptPath(result: string): string {
  return `${result}.run.json`;
}

/** True when the receipt beside the file at `path` says that it is a result of this service, and its hash matches. */
export async function isEarlierResult(path: string, serviceId: string): Promise<boolean> {
  const receipt = await readReceipt(receiptPath(path));
  const output = objectOf(receipt?.output);
  if (objectOf(receipt?.service)?.id !== serviceId || typeof output?.path !== 'string') return false;
  if (basename(output.path) !== basename(path)) return false;
  const stats = await lstat(path).catch(() => null);
  if (stats === null || !stats.isFile() || stats.size !== output.bytes) return false;
  return (await sha256Of(path).catch(() => null)) === output.sha256;
}

/** True when the file at `path` is a receipt of this program. */
export async function isReceipt(path: string): Promise<boolean> {
  return (await readReceipt(path)) !== null;
}

/** The receipt of this program at `path`; null when there is none. */
export async function readReceipt(path: string): Promise<Record<string, unknown> | null> {
  try {
    await using handle = await open(path, 'r');
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > MAX_RECEIPT) return null;
    const text = Buffer.from(await readFully(handle, 0, stats.size)).toString('utf8');
    const receipt = parseObject(text);
    return receipt?.tool === 'bimservice' ? receipt : null;
  } catch {
    return null;
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** The files that a command reads, under any of their names. */
export class InputFiles {
  readonly #paths: readonly string[];
  #ids: Promise<ReadonlySet<string>> | undefined;

  /** Absolute paths. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** True when `path` is one of them, or a link to the same file. */
  async has(path: string): Promise<boolean> {
    this.#ids ??= idsOf(this.#paths);
    const ids = await this.#ids;
    return (await idsOfPath(path)).some((id) => ids.has(id));
  }
}

async function idsOf(paths: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await Promise.all(paths.map(idsOfPath))).flat());
}

/** A link and its target: replacing either would remove the input. */
async function idsOfPath(path: string): Promise<string[]> {
  const found = await Promise.all(
    [lstat, stat].map((look) => look(path, { bigint: true }).catch(() => null)),
  );
  return found.flatMap((stats) => (stats === null ? [] : [`${stats.dev}:${stats.ino}`]));
}
