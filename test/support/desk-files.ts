// What a run left on a desk.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenService } from './open-service.js';

/** Every file below the desk, by its path from there, but the list, the models and the configuration. */
export async function filesOf({ desk }: OpenService): Promise<string[]> {
  const all = await readdir(desk.folder, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.config-bimservice'))
    .map((entry) => join(entry.parentPath, entry.name).slice(desk.folder.length + 1))
    .filter((name) => name !== 'list.json' && !name.endsWith('.ifc'))
    .sort();
}

/** Those that are no receipts. */
export async function resultsOf(at: OpenService): Promise<string[]> {
  return (await filesOf(at)).filter((name) => !name.endsWith('.run.json'));
}
