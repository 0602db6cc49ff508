// The models that the cases send. Each is made when a case first asks for it, and is never changed again.

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stepModel } from '../support/fixtures.js';

export interface Model {
  path: string;
  bytes: number;
  sha256: string;
}

const SIZES = {
  /** Below the size from which `Expect` is sent. */
  small: () => make('model.ifc', 200_000),
  /** Sent with `Expect`, and in many pieces. */
  medium: () => make('medium.ifc', 8_000_000),
  /** Half of it does not fit into the socket buffers of this machine, so that an upload cannot end unread. */
  large: () => make('large.ifc', largeBytes()),
};

export class Models implements AsyncDisposable {
  readonly #made = new Map<keyof typeof SIZES, Promise<Model>>();

  of(size: keyof typeof SIZES): Promise<Model> {
    const made = this.#made.get(size) ?? SIZES[size]();
    this.#made.set(size, made);
    return made;
  }

  /** The models that were made. */
  made(): Promise<Model[]> {
    return Promise.all(this.#made.values());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { path } of await this.made()) await rm(dirname(path), { recursive: true, force: true });
  }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}

async function make(name: string, bytes: number): Promise<Model> {
  const path = join(await mkdtemp(join(tmpdir(), 'bimservice-models-')), name);
  const content = stepModel({ schema: 'IFC4', bytes });
  await writeFile(path, content);
  return { path, bytes, sha256: createHash('sha256').update(content).digest('hex') };
}

/** A little more than twice the maximum that the two ends of a connection can buffer. */
function largeBytes(): number {
  const most = (name: string, otherwise: number) => {
    try {
      return Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/)[2]) || otherwise;
    } catch {
      return otherwise;
    }
  };
  return 2 * (most('tcp_rmem', 6_291_456) + most('tcp_wmem', 4_194_304)) + 4_000_000;
}
