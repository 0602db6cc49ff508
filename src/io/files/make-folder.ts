// A folder that is there afterwards.
import { mkdir } from 'node:fs/promises';

/** Makes `path`, for this user alone where it is new. Rejects with the system's error. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}
