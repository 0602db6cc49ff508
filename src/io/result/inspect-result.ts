// Inspects a saved result: what it is, and whether it is complete.

import { type FileHandle, open } from 'node:fs/promises';
import type { Inspection } from '../../core/ports/result.js';
import { kindOf } from '../../protocol/content/content-kind.js';
import { JsonScan } from '../../protocol/content/json-scan.js';
import { detectModel, HEAD_BYTES, type ModelType, modelOfJson } from '../../protocol/content/model-type.js';
import { recognizeZip } from '../../protocol/content/zip-content.js';
import { reasonText } from '../../protocol/invocation/failure-text.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { detectFile } from '../files/detect-file.js';
import { chunksOf, readFully } from '../files/read-chunks.js';
import { ZipDefect } from '../files/zip-defect.js';
import type { ArchiveRange, ByteSource } from '../files/zip-range.js';

/** A longer bcf.version is not a version file. */
const VERSION_BYTES = 64 * 1024;

/** An inspection that also has the BCF version. */
export interface InspectedResult extends Inspection {
  /** Like `2.1`; null when the result is not BCF. */
  bcfVersion: string | null;
}

const NOTHING = { schema: null, office: null, bcfVersion: null, defect: null, archive: null };

/**
 * Inspects a file of any size in constant memory: a zip archive by its central directory, JSON from start to end, a model
 * by its header. Throws the system's error when the file cannot be read.
 */
export async function inspectResult(path: string): Promise<InspectedResult> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const head = await readFully(handle, 0, Math.min(HEAD_BYTES, size));
    const content = kindOf(head);
    const source = { size, read: (at: number, length: number) => readFully(handle, at, length) };
    const archive = await inspectArchive(content === 'zip', source, handle);
    if (archive !== null) return archive;
    if (content === 'json') return await inspectJson(chunksOf(handle, size));
    return { ...NOTHING, content, ...asModel(await detectFile(handle, size)) };
  } finally {
    await handle.close();
  }
}

/** The same for a whole result in memory. */
export async function inspectBytes(bytes: Buffer): Promise<InspectedResult> {
  const content = kindOf(bytes);
  const source = {
    size: bytes.length,
    read: async (at: number, length: number) => bytes.subarray(at, at + length),
  };
  const archive = await inspectArchive(content === 'zip', source, bytes);
  if (archive !== null) return archive;
  if (content === 'json') return inspectJson([bytes]);
  return { ...NOTHING, content, ...asModel(detectModel(bytes, bytes)) };
}

function asModel(model: ModelType): Pick<InspectedResult, 'schema' | 'warnings'> {
  if (model.kind === 'model') return { schema: model.type, warnings: model.warnings };
  return { schema: (model.kind === 'refused' && model.family) || null, warnings: [] };
}

/** Null: not an archive. `isZip`: the bytes begin with one; others may have something before it. */
async function inspectArchive(
  isZip: boolean,
  source: ByteSource,
  from: FileHandle | Buffer,
): Promise<InspectedResult | null> {
  const { findArchive } = await import('../files/zip-range.js');
  const range = await findArchive(source);
  if (range === null && !isZip) return null;
  const isAlone = range === null || (range.start === 0 && range.end === source.size);
  const found = await inspectZip(from, isAlone ? undefined : range);
  // Bytes that only look like the end of an archive are no reason to call it one.
  if (!isZip && (found.defect !== null || found.entries === 0)) return null;
  const { entries: _, ...content } = found;
  if (isAlone) return { ...NOTHING, content: 'zip', warnings: [], ...content };
  const warnings = [await foreignBytes(source, range)];
  return { ...NOTHING, content: 'zip', ...content, archive: range, warnings };
}

async function inspectZip(
  from: FileHandle | Buffer,
  range: ArchiveRange | undefined,
): Promise<Pick<InspectedResult, 'schema' | 'office' | 'bcfVersion' | 'defect'> & { entries: number }> {
  const { readEntryHead, readZip } = await import('../files/zip.js');
  try {
    const entries = await readZip(from, range);
    const content = await recognizeZip(
      entries.map((entry) => entry.name),
      async (name) => {
        const entry = entries.find((candidate) => candidate.name === name);
        return entry === undefined
          ? ''
          : Buffer.from(await readEntryHead(entry, VERSION_BYTES)).toString('utf8');
      },
    );
    return { ...content, defect: null, entries: entries.length };
  } catch (error) {
    if (!(error instanceof ZipDefect)) throw error;
    return { schema: null, office: null, bcfVersion: null, defect: error.message, entries: 0 };
  }
}

/** What is before and after an archive, as a sentence. */
async function foreignBytes({ size, read }: ByteSource, { start, end }: ArchiveRange): Promise<string> {
  const counted = (bytes: number) => `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const places = [
    ...(start > 0 ? [`${counted(start)} before`] : []),
    ...(end < size ? [`${counted(size - end)} after`] : []),
  ];
  const before = Buffer.from(await read(0, Math.min(start, 300))).toString('utf8');
  const after = Buffer.from(await read(end, Math.min(size - end, 300))).toString('utf8');
  const text = cleanText(reasonText(`${before} ${after}`), 160);
  const shown = /[\p{L}\p{N}]/u.test(text) ? ` (${text})` : '';
  return `the result has ${places.join(' and ')} its zip archive, and is saved without ${start + size - end === 1 ? 'it' : 'them'}${shown}`;
}

async function inspectJson(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<InspectedResult> {
  const scan = new JsonScan();
  for await (const piece of pieces) {
    scan.write(piece);
    if (scan.defect !== null || scan.unchecked !== null) break;
  }
  const found = { ...NOTHING, content: 'json' as const, warnings: [] };
  const defect = scan.end();
  if (defect !== null) return { ...found, defect: `is damaged: ${defect}` };
  const warnings = [
    ...(scan.unchecked === null ? [] : [`the JSON is not checked to its end: ${scan.unchecked}`]),
    ...(scan.oddWord === null ? [] : [`the JSON holds ${scan.oddWord}, which some programs refuse`]),
  ];
  const model = asModel(modelOfJson(scan));
  return { ...found, schema: model.schema, warnings: [...warnings, ...model.warnings] };
}
