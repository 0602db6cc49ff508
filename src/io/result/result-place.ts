// What `-o` means for each model of a command: a folder, a file, a pipe or device, or stdout. No other file interprets that
// text or checks it on the disk, and the work that all models share is done once.

import { lstat, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import type { NamedModel } from '../../core/ports/result.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { isResultExtension } from '../../protocol/content/schema-names.js';
import {
  checkTemplate,
  type EarlyValues,
  fillEarly,
  fillLate,
  hasLateName,
  namesResults,
} from '../../protocol/invocation/output-template.js';
import { nameAmongOthers } from '../../protocol/invocation/result-name.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { lastSegment } from '../../protocol/text/cut.js';
import { makeFolder } from '../files/make-folder.js';
import { type Liveness, removeStaleParts } from '../files/unfinished-files.js';
import { FolderNames } from './folder-names.js';
import { resultExists, resultNotWritable } from './result-errors.js';
import { isWrittenThrough } from './result-pipe.js';

export interface PlaceOptions extends Liveness {
  /** `-o` as typed; null: the server's name in the working folder. */
  output: string | null;
  /** The working folder, absolute. */
  cwd: string;
  /** True for a command with several models. */
  several: boolean;
  serviceId: string;
  /** `2026-11-27`. */
  date: string;
}

/** The target of one result. */
export type ResultPlace =
  | { kind: 'stdout' }
  /** A pipe or device. */
  | { kind: 'through'; path: string }
  /** `exists`: a file has that name; only `--force` replaces it. */
  | { kind: 'file'; folder: string; name: string; exists: boolean }
  /** `nameFor`: returns the name of the result for its default name. */
  | { kind: 'folder'; folder: string; names: FolderNames; nameFor: (name: string) => string };

/** Throws `usage` for `-o x.bcf` with several models: one file cannot hold all results, and a folder is not called that. */
function checkFolderName(output: string): void {
  const name = lastSegment(output);
  const end = extname(name).toLowerCase();
  if (namesResults(output) || !isResultExtension(end)) return;
  throw new BimServiceError(
    'usage',
    `-o ${cleanText(output, 200)} is one file, but there are several models`,
    {
      hint: `A folder: -o results/\nOr a file for each model: -o '{model}${end}'`,
    },
  );
}

export class ResultPlaces {
  readonly #options: PlaceOptions;
  readonly #folders = new Map<string, Promise<FolderNames>>();

  /** Throws `usage` for an unknown placeholder. */
  constructor(options: PlaceOptions) {
    this.#options = options;
    if (options.output !== null) checkTemplate(options.output);
    if (options.several && options.output !== null) checkFolderName(options.output);
  }

  /** Creates the folder if needed. Throws `result-not-writable` and `result-exists`. */
  async of(model: NamedModel): Promise<ResultPlace> {
    const { output, cwd, several, serviceId, date } = this.#options;
    if (output === '-') return { kind: 'stdout' };
    const isNamed = output !== null && namesResults(output);
    const nameFor = (name: string) =>
      several && !isNamed ? nameAmongOthers(name, { ...model, serviceId }) : name;
    if (output === null) return this.#folder(cwd, nameFor);
    const values: EarlyValues = { model: model.label, service: serviceId, date };
    const typed = fillEarly(output, values);
    const path = resolve(cwd, typed);
    if (hasLateName(output)) {
      const last = lastSegment(typed);
      return this.#folder(resolve(cwd, typed.slice(0, typed.length - last.length)), (name) =>
        fillLate(last, name),
      );
    }
    if (await isWrittenThrough(path)) return { kind: 'through', path };
    const isFolderName = /[/\\]$/.test(typed) || (several && !isNamed);
    const found = await lookedAt(path);
    if (found === 'folder' || (isFolderName && found === null)) return this.#folder(path, nameFor);
    if (isFolderName) throw resultExists(path, 'file');
    await this.#ready(dirname(path));
    return { kind: 'file', folder: dirname(path), name: basename(path), exists: found !== null };
  }

  async #folder(folder: string, nameFor: (name: string) => string): Promise<ResultPlace> {
    return { kind: 'folder', folder, names: await this.#ready(folder), nameFor };
  }

  /** Once for each folder of a command. A failure is not remembered: the next model tries again. */
  #ready(folder: string): Promise<FolderNames> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const ready = prepared(folder, this.#options);
    this.#folders.set(folder, ready);
    ready.catch(() => this.#folders.delete(folder));
    return ready;
  }
}

/** All results go into `folder`, under the names that the service suggests. */
export function oneFolder(folder: string, liveness: Liveness): Pick<ResultPlaces, 'of'> {
  return {
    of: async () => ({
      kind: 'folder',
      folder,
      names: await prepared(folder, liveness),
      nameFor: (name) => name,
    }),
  };
}

async function prepared(folder: string, liveness: Liveness): Promise<FolderNames> {
  await makeFolder(folder).catch((error: unknown) => {
    throw resultNotWritable(folder, error);
  });
  await removeStaleParts(folder, liveness);
  return FolderNames.read(folder);
}

async function lookedAt(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    // An unusable name is better found now than after the job.
    if (systemErrorCode(error) === 'ENAMETOOLONG') throw resultNotWritable(path, error);
    // A link to a missing file has the name too (CASES B134).
    return await lstat(path).then(
      // Another model has just made the folder.
      (status) => (status.isDirectory() ? 'folder' : 'file'),
      () => null,
    );
  }
}
