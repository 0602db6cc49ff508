// Where a result goes, by what the person typed after `-o`: a folder, a file, a pipe or device, or stdout. No one else
// looks at that text or asks the disk about it.
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ResultTarget, SavedResult } from '../../core/ports/result.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { removeStaleParts } from '../files/unfinished-files.js';
import { inspectResult } from './inspect-result.js';
import { writeReceipt } from './receipt.js';
import { resultExists, resultNotWritable } from './result-errors.js';
import { openResultFile, type ResultFile } from './result-file.js';
import { isWrittenThrough, openResultPipe } from './result-pipe.js';

export interface TargetOptions {
  /** Absolute path, with a slash at its end where the person typed one; `-` for stdout; null: the server's name in `folder`. */
  output: string | null;
  /** The folder for results without a path of their own, absolute. */
  folder: string;
  force: boolean;
  umask: number;
  pid: number;
  isAlive: (pid: number) => boolean;
  /** Writes to stdout and waits while its reader is slow. Throws the system's error when the reader has gone. */
  print: (chunk: Uint8Array) => Promise<void>;
  /** A line for a person who waits for something else than the service. */
  note: (line: string) => void;
}

/**
 * Opens the place of a result before the model leaves, so that a folder that cannot be written, or a file that would be
 * in the way, is found while nothing is lost. Throws `result-not-writable` and `result-exists` (exit 7).
 */
export async function openResultTarget(options: TargetOptions, signal: AbortSignal): Promise<ResultTarget> {
  const { output } = options;
  if (output === '-') return stdoutTarget(options);
  if (output === null) return fileTarget(options.folder, null, options, signal);
  if (await isWrittenThrough(output)) return pipeTarget(output, options, signal);
  const found = await stat(output).catch((error: unknown) => {
    // A name that cannot be used is better known now than after the job.
    if (systemErrorCode(error) === 'ENAMETOOLONG') throw resultNotWritable(output, error);
    return null;
  });
  if (/[/\\]$/.test(output) || found?.isDirectory()) return fileTarget(output, null, options, signal);
  if (found && !options.force) throw resultExists(output, 'file');
  return fileTarget(dirname(output), basename(output), options, signal);
}

async function fileTarget(
  directory: string,
  name: string | null,
  options: TargetOptions,
  signal: AbortSignal,
): Promise<ResultTarget> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw resultNotWritable(directory, error);
  });
  await removeStaleParts(directory, options);
  const file = await openResultFile({ directory, ...options });
  let saved: SavedResult | null = null;
  const commit = async (fallbackName: string): Promise<SavedResult> => {
    const { force } = options;
    if (name === null) return file.commit(fallbackName, { overwrite: force, onTaken: 'number', signal });
    try {
      return await file.commit(name, { overwrite: force, onTaken: 'fail', signal });
    } catch (error) {
      if (!(error instanceof BimServiceError) || error.code !== 'result-exists') throw error;
      throw await keptBeside(file, directory, name);
    }
  };
  return {
    resultWanted: name !== null,
    write: (chunk) => file.write(chunk),
    inspect: () => inspectResult(file.part),
    async commit(fallbackName) {
      saved = await commit(fallbackName);
      return saved;
    },
    keepRejected: (fallbackName) => file.keepAs(name ?? fallbackName),
    async saveReceipt(receipt, fallbackName) {
      // A part without a name may fill the disk that the receipt needs.
      await file[Symbol.asyncDispose]();
      const place =
        saved === null
          ? { folder: directory, name: fallbackName, replace: false }
          : { folder: directory, name: `${basename(saved.path)}.run.json`, replace: true };
      return writeReceipt(place, receipt, options);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

/** Someone made that file while the service worked. An hour's work is not thrown away for that. */
async function keptBeside(file: ResultFile, directory: string, name: string): Promise<BimServiceError> {
  const saved = await file.commit(name, { overwrite: false, onTaken: 'number' });
  return new BimServiceError(
    'result-exists',
    `${join(directory, name)} has appeared meanwhile; the result is kept as ${saved.path}`,
    { phase: 'save', outcome: 'done' },
  );
}

async function pipeTarget(path: string, options: TargetOptions, signal: AbortSignal): Promise<ResultTarget> {
  const onNoReader = () => options.note(`waiting for a reader of ${path}`);
  const pipe = await openResultPipe({ path, signal, onNoReader });
  return {
    ...PASSING,
    write: (chunk) => pipe.write(chunk),
    commit: () => pipe.finish(),
    [Symbol.asyncDispose]: () => pipe[Symbol.asyncDispose](),
  };
}

function stdoutTarget({ print }: TargetOptions): ResultTarget {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    ...PASSING,
    async write(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
      await print(chunk).catch((error: unknown) => {
        throw resultNotWritable('stdout', error);
      });
    },
    commit: async () => ({ path: '-', bytes, sha256: hash.digest('hex') }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** What goes through cannot be looked at again, kept or have a receipt beside it. */
const PASSING = {
  resultWanted: true,
  inspect: async () => null,
  keepRejected: async () => null,
  saveReceipt: async () => null,
} as const;
