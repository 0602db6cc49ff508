// A model that has arrived. A short one stays in memory until someone needs its file: on a front end of many machines no one does,
// and to make and remove a file and its folder takes the disk as long as everything else that is done for it.

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../../errors.js';
import { StoreError } from '../store/port.js';

/** Models up to this length, in bytes, stay in memory. */
export const SHORT_BYTES = 16 * 1024;

export class ReceivedModel {
  #path: string | null;

  private constructor(
    /** The name of its file. */
    readonly name: string,
    readonly bytes: number,
    /** The whole model where it is in memory; null where it is a file only. */
    readonly content: Uint8Array | null,
    private readonly folder: () => string,
    path: string | null,
  ) {
    this.#path = path;
  }

  /** A file that is there. */
  static inFile(path: string, bytes: number): ReceivedModel {
    return new ReceivedModel(basename(path), bytes, null, () => '', path);
  }

  /** `folder` is for its file. */
  static inMemory(content: Uint8Array, name: string, folder: () => string): ReceivedModel {
    return new ReceivedModel(name, content.byteLength, content, folder, null);
  }

  /** The path of its file. Throws StoreError where the file cannot be written. */
  file(): string {
    if (this.#path !== null || this.content === null) return this.#path ?? '';
    try {
      const path = join(this.folder(), this.name);
      writeFileSync(path, this.content, { mode: 0o600, flag: 'wx' });
      this.#path = path;
      return path;
    } catch (error) {
      throw new StoreError('failed', `the model cannot be stored (${messageOf(error)})`, { cause: error });
    }
  }

  /** The whole model, which is a short one: to ask a thread to read it takes longer. */
  read(): Uint8Array {
    return this.content ?? readFileSync(this.file());
  }
}
