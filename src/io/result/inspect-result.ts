// Inspects a saved result: what it is, and whether it is complete.

import { type FileHandle, open } from 'node:fs/promises';
import type { Inspection } from '../../core/ports/result.js';
import { kindOf } from '../../protocol/content/content-kind.js';
import { JsonScan } from '../../protocol/content/json-scan.js';
import { detectModel, HEAD_BYTES, TAIL_BYTES } from '../../protocol/content/model-type.js';
import { recognizeZip } from '../../protocol/content/zip-content.js';
import { chunksOf, readFully } from '../files/read-chunks.js';
import { ZipDefect } from '../files/zip-defect.js';

/** A longer bcf.version is not a version file. */
const VERSION_BYTES = 64 * 1024;

/** An inspection that also has the BCF version. */
export interface InspectedResult extends Inspection {
  /** Like `2.1`; null when the result is not BCF. */
  bcfVersion: string | null;
}

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
    const found = { content, schema: null, bcfVersion: null, defect: null, warnings: [] };
    if (content === 'zip') return { ...found, ...(await inspectZip(handle)) };
    if (content === 'json') {
      const defect = await jsonDefect(handle, size);
      if (defect !== null) return { ...found, defect };
    }
    const tail = await readFully(handle, Math.max(0, size - TAIL_BYTES), Math.min(TAIL_BYTES, size));
    const model = detectModel(head, tail);
    return model.kind === 'model' ? { ...found, schema: model.type, warnings: model.warnings } : found;
  } finally {
    await handle.close();
  }
}

async function inspectZip(
  handle: FileHandle,
): Promise<Pick<InspectedResult, 'schema' | 'bcfVersion' | 'defect'>> {
  const { readEntryHead, readZip } = await import('../files/zip.js');
  try {
    const entries = await readZip(handle);
    const content = await recognizeZip(
      entries.map((entry) => entry.name),
      async (name) => {
        const entry = entries.find((candidate) => candidate.name === name);
        return entry === undefined
          ? ''
          : Buffer.from(await readEntryHead(entry, VERSION_BYTES)).toString('utf8');
      },
    );
    return { ...content, defect: null };
  } catch (error) {
    if (error instanceof ZipDefect) return { schema: null, bcfVersion: null, defect: error.message };
    throw error;
  }
}

async function jsonDefect(handle: FileHandle, size: number): Promise<string | null> {
  const scan = new JsonScan();
  for await (const chunk of chunksOf(handle, size)) {
    scan.write(chunk);
    if (scan.defect !== null) break;
  }
  const defect = scan.end();
  return defect === null ? null : `is damaged: ${defect}`;
}
