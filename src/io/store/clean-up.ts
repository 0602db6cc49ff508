// Drafts of killed runs contain secrets: the first use of the store in a run removes them from all of its folders.
import { join } from 'node:path';
import { cacheFolder, credentialFolder } from '../files/folders.js';
import { type Liveness, removeStaleParts } from '../files/unfinished-files.js';

/** Cleans the configuration folder and its folders for credentials and lists, at the first call. Never throws. */
export function createCleanUp(configDir: string, liveness: Liveness): () => Promise<void> {
  let done: Promise<unknown> | undefined;
  return async () => {
    done ??= Promise.all(
      [join(configDir), credentialFolder(configDir), cacheFolder(configDir)].map((folder) =>
        removeStaleParts(folder, liveness),
      ),
    );
    await done;
  };
}
