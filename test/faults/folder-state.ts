// Records what is in a folder, so that the states before and after a run can be compared.

import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sha256 } from './sandbox.js';

export interface Entry {
  kind: 'file' | 'folder' | 'other';
  mode: number;
  /** The content of a file; empty for other entries. */
  content: Buffer;
  sha256: string;
}

/** Every entry below `root` by its relative path. */
export async function stateOf(root: string): Promise<Map<string, Entry>> {
  const entries: Dirent[] = await readdir(root, { recursive: true, withFileTypes: true });
  const state = new Map<string, Entry>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? await readFile(path) : Buffer.alloc(0);
    state.set(relative(root, path), {
      kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other',
      mode: (await lstat(path)).mode & 0o777,
      content,
      sha256: sha256(content),
    });
  }
  return state;
}
