// What a run left on a workspace.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenService } from './open-service.js';

/** Every file below the workspace, by its path from there, but the list, the models and the configuration. */
export async function filesOf({ workspace }: OpenService): Promise<string[]> {
  const all = await readdir(workspace.folder, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.config-bimservice'))
    .map((entry) => join(entry.parentPath, entry.name).slice(workspace.folder.length + 1))
    .filter((name) => name !== 'list.json' && !name.endsWith('.ifc'))
    .sort();
}

/** Those that are no receipts. */
export async function resultsOf(at: OpenService): Promise<string[]> {
  return (await filesOf(at)).filter((name) => !name.endsWith('.run.json'));
}
