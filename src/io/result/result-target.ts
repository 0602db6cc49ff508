// Takes the result of one model to its place: a folder, a file, a pipe or device, or stdout.
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { NamedModel, ResultTarget, SavedResult } from '../../core/ports/result.js';
import { BimServiceError } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { receiptPath } from '../files/receipt-file.js';
import { inspectBytes, inspectResult } from './inspect-result.js';
import { writeReceipt } from './receipt.js';
import { type InputFiles, isEarlierResult } from './replaceable.js';
import { resultExists, resultIsInput, resultNotWritable } from './result-errors.js';
import { openResultFile, type ResultFile } from './result-file.js';
import { openResultPipe } from './result-pipe.js';
import type { ResultPlace, ResultPlaces } from './result-place.js';

export interface TargetOptions {
  places: Pick<ResultPlaces, 'of'>;
  /** The working folder, absolute. */
  cwd: string;
  /** The files that the command reads; they are never replaced. */
  inputs: InputFiles;
  serviceId: string;
  force: boolean;
  umask: number;
  pid: number;
  /** Writes to stdout and waits while its reader is slow. Throws the system's error when the reader has gone. */
  print: (chunk: Uint8Array) => Promise<void>;
  /** Prints a line for a person about a wait that is not for the service. */
  note: (line: string) => void;
}

/**
 * Opens the target of a result before the model is sent, so that a folder without write access, or an existing file, is
 * found before anything is lost. Throws `result-not-writable` and `result-exists` (exit 7).
 */
export async function openResultTarget(
  model: NamedModel,
  options: TargetOptions,
  signal: AbortSignal,
): Promise<ResultTarget> {
  const place = await options.places.of(model);
  switch (place.kind) {
    case 'stdout':
      return stdoutTarget(options);
    case 'through':
      return pipeTarget(place.path, options, signal);
    case 'file':
      return fileTarget(place, options, signal);
    case 'folder':
      return folderTarget(place, options, signal);
  }
}

/** A result in a folder, under a name that the service suggests. */
async function folderTarget(
  { folder, names, nameFor }: ResultPlace & { kind: 'folder' },
  options: TargetOptions,
  signal: AbortSignal,
): Promise<ResultTarget> {
  const file = await openResultFile({ directory: folder, ...options });
  return targetIn(folder, file, options, {
    resultWanted: false,
    nameFor,
    async commit(suggested, only) {
      const name = nameFor(suggested);
      const overwrite = options.force ? (path: string) => mayReplace(path, options) : false;
      const saved = await file.commit(name, { overwrite, onTaken: 'number', names, only, signal });
      if (options.force && basename(saved.path) !== name)
        options.note(
          `${cleanText(name)} is not an earlier result of ${options.serviceId}, or belongs to another model of this command: saved as ${cleanText(basename(saved.path))}`,
        );
      return saved;
    },
  });
}

/** A result in the one file that the person named. */
async function fileTarget(
  { folder, name, exists }: ResultPlace & { kind: 'file' },
  options: TargetOptions,
  signal: AbortSignal,
): Promise<ResultTarget> {
  const path = join(folder, name);
  const { force } = options;
  if (exists && !force) throw resultExists(path, 'file');
  if (exists && (await options.inputs.has(path))) throw resultIsInput(path);
  const file = await openResultFile({ directory: folder, ...options });
  return targetIn(folder, file, options, {
    resultWanted: true,
    nameFor: () => name,
    async commit(_, only) {
      try {
        return await file.commit(name, { overwrite: force, onTaken: 'fail', only, signal });
      } catch (error) {
        if (!(error instanceof BimServiceError) || error.code !== 'result-exists') throw error;
        throw await keptBeside(file, path);
      }
    },
  });
}

function targetIn(
  folder: string,
  file: ResultFile,
  options: TargetOptions,
  own: Pick<ResultTarget, 'resultWanted' | 'commit'> & { nameFor: (name: string) => string },
): ResultTarget {
  let saved: SavedResult | null = null;
  return {
    resultWanted: own.resultWanted,
    passesThrough: false,
    write: (chunk) => file.write(chunk),
    inspect: () => inspectResult(file.part),
    async commit(suggested, only) {
      saved = await own.commit(suggested, only);
      return saved;
    },
    keepRejected: (suggested) => file.keepAs(own.nameFor(suggested)),
    async saveReceipt(receipt, fallbackName) {
      // A part without a name may fill the disk, and the receipt needs space.
      await file[Symbol.asyncDispose]();
      const name = saved === null ? fallbackName : receiptPath(basename(saved.path));
      return writeReceipt({ folder, name, replace: saved !== null }, receipt, options);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

/** True when `--force` may replace a file whose name comes from the service. */
async function mayReplace(path: string, { inputs, serviceId }: TargetOptions): Promise<boolean> {
  return (await isEarlierResult(path, serviceId)) && !(await inputs.has(path));
}

/** The file was created while the service worked. The result of an hour's work is kept under another name. */
async function keptBeside(file: ResultFile, path: string): Promise<BimServiceError> {
  const saved = await file.commit(basename(path), { overwrite: false, onTaken: 'number' });
  return new BimServiceError(
    'result-exists',
    `${path} was created in the meantime; the result is kept as ${saved.path}`,
    { phase: 'save', outcome: 'done' },
  );
}

async function pipeTarget(path: string, options: TargetOptions, signal: AbortSignal): Promise<ResultTarget> {
  const onNoReader = () => options.note(`waiting for a reader of ${path}`);
  const pipe = await openResultPipe({ path, signal, onNoReader });
  return {
    ...passing(options),
    write: (chunk) => pipe.write(chunk),
    commit: () => pipe.finish(),
    [Symbol.asyncDispose]: () => pipe[Symbol.asyncDispose](),
  };
}

function stdoutTarget(options: TargetOptions): ResultTarget {
  const { print } = options;
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    ...passing(options),
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

/** What goes through a pipe cannot be read again and has no receipt beside it. What it is not given can be kept. */
const passing = (options: TargetOptions) => ({
  resultWanted: true,
  passesThrough: true,
  inspect: (whole: Uint8Array) => inspectBytes(Buffer.from(whole)),
  keepRejected: (name: string, waiting: Uint8Array | null) => keepInFolder(name, waiting, options),
  saveReceipt: async () => null,
});

/** What a pipe is not given is kept in the working folder. */
async function keepInFolder(
  name: string,
  waiting: Uint8Array | null,
  options: TargetOptions,
): Promise<SavedResult | null> {
  if (waiting === null) return null;
  await using file = await openResultFile({ directory: options.cwd, ...options });
  await file.write(waiting);
  return await file.keepAs(name);
}
