// The models that the cases send. They are made once for each test file and never changed again.

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stepModel } from '../support/fixtures.js';

export interface Model {
  path: string;
  bytes: number;
  sha256: string;
}

export interface Models extends AsyncDisposable {
  /** Below the size from which `Expect` is sent. */
  small: Model;
  /** Sent with `Expect`, and in many pieces. */
  medium: Model;
  /** Half of it does not fit into the socket buffers of this machine, so that an upload cannot end unread. */
  large: Model;
}

export async function makeModels(): Promise<Models> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-models-'));
  return {
    small: await make(folder, 'model.ifc', 200_000),
    medium: await make(folder, 'medium.ifc', 8_000_000),
    large: await make(folder, 'large.ifc', largeBytes()),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}

async function make(folder: string, name: string, bytes: number): Promise<Model> {
  const path = join(folder, name);
  await writeFile(path, stepModel({ schema: 'IFC4', bytes }));
  return { path, bytes, sha256: await sha256Of(path) };
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
