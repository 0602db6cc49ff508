// Models and results of many machines in a folder that all of them see: each file is there whole or not at all.

import { randomUUID } from 'node:crypto';
import { access, copyFile, link, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { NatsError } from './nats-error.js';
import type { FileKind, IsOver, JobFiles } from './run-files.js';

/** Front ends are named by a UUID: nothing else in the folder is ours. */
const FRONT = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

export class SharedFiles implements JobFiles {
  /** Folders of front ends that did not respond the last time. */
  #suspects = new Set<string>();

  private constructor(
    /** As the operator named it on this machine. */
    readonly folder: string,
    private readonly root: string,
  ) {}

  /** `name` is that of the services on NATS. Rejects with the system's error when the folder cannot be written. */
  static async open(folder: string, name: string): Promise<SharedFiles> {
    const root = join(folder, `${name}.runs`);
    // The folder itself is not made: where it is missing, it is not mounted.
    await makeFolder(root);
    const probe = join(root, `.${randomUUID()}`);
    await writeFile(probe, '', { mode: 0o600 });
    await rm(probe);
    return new SharedFiles(folder, root);
  }

  /** A front end makes its own folder. By that folder a worker sees that both have the same shared folder. */
  async join(front: string): Promise<void> {
    await makeFolder(join(this.root, front)).catch((error: unknown) => {
      throw this.#failure(error, 'cannot be written');
    });
  }

  /** Whether this machine sees the folder of a front end. */
  async sees(front: string): Promise<boolean> {
    return access(join(this.root, front)).then(
      () => true,
      () => false,
    );
  }

  /** Takes the file at `path` as it is: it must not change any more. */
  async put(front: string, job: string, kind: FileKind, path: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const target = this.#path(front, job, kind);
    const part = `${target}.${randomUUID()}`;
    try {
      // One level at a time: what is missing above is not mounted.
      if (kind === 'model') await makeFolder(join(this.root, front));
      await makeFolder(join(this.root, front, job));
      await linkOrCopy(path, part);
      await rename(part, target);
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      throw this.#failure(error, 'cannot be written');
    }
    signal.throwIfAborted();
    return '';
  }

  /** A copy: a command may change its model, and another worker may need it as it was. */
  async get(
    front: string,
    job: string,
    kind: FileKind,
    { path }: { readonly path: string },
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const source = this.#path(front, job, kind);
    try {
      if (kind === 'result') await linkOrCopy(source, path);
      else await copyFile(source, path);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') {
        throw new NatsError(
          'failed',
          `the ${kind} of run ${job} is not in the ${this.#words}: front ends and workers must see the same folder`,
        );
      }
      throw this.#failure(error, 'cannot be copied from');
    }
    signal.throwIfAborted();
  }

  async remove(front: string, job: string): Promise<void> {
    await rm(join(this.root, front, job), { recursive: true, force: true });
  }

  /** A front end ends; its runs have ended. */
  async leave(front: string): Promise<void> {
    await rmdir(join(this.root, front)).catch(() => {});
  }

  /** Removes the folders of front ends that twice did not respond, and of runs that have ended, as far as `isOver` knows. */
  async sweep(isAlive: (front: string) => Promise<boolean>, isOver: IsOver = () => false): Promise<void> {
    const gone = new Set<string>();
    for (const front of await readdir(this.root)) {
      if (!FRONT.test(front)) continue;
      if (await isAlive(front)) {
        for (const job of await readdir(join(this.root, front)).catch(() => []))
          if (isOver(front, job)) await this.remove(front, job);
        continue;
      }
      gone.add(front);
      if (this.#suspects.has(front)) await rm(join(this.root, front), { recursive: true, force: true });
    }
    this.#suspects = gone;
  }

  get #words(): string {
    return `shared folder ${this.folder} on ${hostname()}`;
  }

  #path(front: string, job: string, kind: FileKind): string {
    return join(this.root, front, job, kind);
  }

  #failure(error: unknown, words: string): unknown {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof NatsError) return error;
    return new NatsError('failed', `the ${this.#words} ${words} (${code})`, { cause: error });
  }
}

/** A folder that is there is no error; a missing parent is one. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  });
}

/** In one file system a link costs nothing; in another one, or where there are no links, it is a copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
  }
}
