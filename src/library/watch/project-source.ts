// Projects on a BIMserver in the place of folders: a new revision is downloaded, and then it is a model like any other.
import { join } from 'node:path';
import type { ProjectApi } from '../../core/bimserver/project-api.js';
import type { FileLook, Inspection, Look, ModelFolders } from '../../core/ports/watch.js';
import { asBimServiceError } from '../../error-shape.js';
import { messageOf } from '../../errors.js';
import { inspectRevision } from '../../io/watch/inspect-revision.js';
import { keepOnly, saveRevision } from '../../io/watch/revision-files.js';

export interface ProjectSourceOptions {
  /** The address of the server, without a slash at its end. */
  site: string;
  /** Names or ids. */
  projects: readonly string[];
  /** Where revisions are downloaded to, absolute. */
  folder: string;
  umask: number;
  pid: number;
}

interface Known {
  poid: string;
  schema: string;
  roid: string;
}

/** A model is called `SITE/POID/NAME`. Its mark is the id of the revision, whose content never changes. */
export class ProjectSource implements ModelFolders {
  readonly #api: ProjectApi;
  readonly #options: ProjectSourceOptions;
  readonly #known = new Map<string, Known>();

  constructor(api: ProjectApi, options: ProjectSourceOptions) {
    this.#api = api;
    this.#options = options;
  }

  async look(signal: AbortSignal): Promise<Look> {
    const look: Look = { files: [], away: [], conflicts: [] };
    for (const project of this.#options.projects) {
      try {
        look.files.push(...(await this.#lookAt(project, signal)));
      } catch (error) {
        signal.throwIfAborted();
        look.away.push({ path: `${this.#options.site}/${project}`, why: asBimServiceError(error).message });
      }
    }
    return look;
  }

  async inspect(path: string, signal: AbortSignal): Promise<Inspection> {
    const known = this.#known.get(path);
    if (known === undefined) return { kind: 'changed' };
    try {
      const file = this.fileOf(path, known.roid);
      await saveRevision(file, () => this.#api.download(known.roid, known.schema, signal), this.#options);
      const found = await inspectRevision(file, signal);
      if (found.kind !== 'ready' && found.kind !== 'unfinished') return found;
      return { ...found, mark: known.roid };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'unreadable', why: `cannot be downloaded (${messageOf(error)})` };
    }
  }

  async markOf(path: string): Promise<string | null> {
    return this.#known.get(path)?.roid ?? null;
  }

  /** The file of a revision that was inspected. */
  fileOf(path: string, roid: string): string {
    return join(this.#options.folder, `${this.#known.get(path)?.poid ?? ''}-${roid}.ifc`);
  }

  async #lookAt(project: string, signal: AbortSignal): Promise<FileLook[]> {
    const { poid, name, schema, roid } = await this.#api.project(project, signal);
    if (roid === null) return [];
    const path = `${this.#options.site}/${poid}/${name.replaceAll('/', '_')}`;
    const before = this.#known.get(path);
    this.#known.set(path, { poid, schema, roid });
    // Only the last revision of a project is needed.
    if (before !== undefined && before.roid !== roid) await keepOnly(this.#options.folder, poid, roid);
    return [{ path, still: roid, mark: roid }];
  }
}
