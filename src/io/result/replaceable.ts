// Decides what `--force` may replace under a name from a service: an earlier result of the same service, never an input.
import { lstat, stat } from 'node:fs/promises';
import { lastSegment } from '../../protocol/text/cut.js';
import { sha256Of } from '../files/file-hash.js';
import { readReceipt, receiptPath } from '../files/receipt-file.js';

/** True when the receipt beside the file at `path` says that it is a result of this service, and its hash matches. */
export async function isEarlierResult(path: string, serviceId: string): Promise<boolean> {
  const receipt = await readReceipt(receiptPath(path));
  if (receipt === null || receipt.serviceId !== serviceId || receipt.outputPath === null) return false;
  if (lastSegment(receipt.outputPath) !== lastSegment(path)) return false;
  const stats = await lstat(path).catch(() => null);
  if (stats === null || !stats.isFile() || stats.size !== receipt.outputBytes) return false;
  return (await sha256Of(path).catch(() => null)) === receipt.outputSha256;
}

/** True when the file at `path` is a receipt of this program. */
export async function isReceipt(path: string): Promise<boolean> {
  return (await readReceipt(path)) !== null;
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
