// Models that belong to one case, which may change them.

import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stepModel } from '../support/fixtures.js';
import { sha256Of } from './models.js';
import type { Sandbox } from './sandbox.js';

/** Makes the sandbox's model with `make`, in a folder outside of the sandbox's root. */
export async function ownModel(sandbox: Sandbox, make: (path: string) => Promise<unknown>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-own-model-'));
  sandbox.undo.push(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'model.ifc');
  await make(path);
  const stats = await stat(path);
  sandbox.model = { path, bytes: stats.size, sha256: stats.isFile() ? await sha256Of(path) : '' };
}

/** A model of `bytes` bytes with a hole in it, so that it takes no disk space. */
export function sparseModel(sandbox: Sandbox, bytes: number): Promise<void> {
  return ownModel(sandbox, async (path) => {
    const text = stepModel({ schema: 'IFC4' });
    const tail = Buffer.from('ENDSEC;\nEND-ISO-10303-21;\n');
    await using file = await open(path, 'w');
    await file.write(text.subarray(0, text.length - tail.length), 0, null, 0);
    await file.write(tail, 0, null, bytes - tail.length);
  });
}
