// Finds the one model inside a zip archive (.ifczip), or the reason why there is none to send.

import type { FileHandle } from 'node:fs/promises';
import { ModelDetection } from '../../protocol/content/model-detection.js';
import type { DetectedModel, RefusalReason, RefusedModel } from '../../protocol/content/model-type.js';
import { modelEntries, zipKind } from '../../protocol/content/zip-content.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { readZip, type ZipEntry } from '../files/zip.js';
import { ZipDefect } from '../files/zip-defect.js';

export interface ZippedModel {
  detected: DetectedModel | RefusedModel;
  /** The entry to send; null when refused. The bytes are then those of the archive itself. */
  entry: ZipEntry | null;
}

/** Finds the only model in an archive and its type. Throws the system's error when reading fails. */
export async function resolveZip(handle: FileHandle): Promise<ZippedModel> {
  try {
    return await resolve(await readZip(handle));
  } catch (error) {
    if (error instanceof ZipDefect) return refuse('zip-damaged', error.message);
    throw error;
  }
}

async function resolve(entries: ZipEntry[]): Promise<ZippedModel> {
  const names = entries.map((entry) => entry.name);
  const kind = zipKind(names);
  // BCF archives may contain models as documents of their topics, and workbooks contain XML.
  if (kind === 'bcf') {
    const howTo = 'BCF is what services return. Send the IFC model that it is about.';
    return refuse('zip-without-model', 'is a BCF archive, not a model', howTo);
  }
  if (kind !== 'model') return refuse('zip-without-model', 'is a zip archive without a model in it');
  const candidates = modelEntries(names);
  const [first, second] = candidates;
  if (second !== undefined) {
    const shown = candidates.slice(0, 3).map((name) => cleanText(name, 60));
    return refuse(
      'zip-with-several-models',
      `is a zip archive with ${candidates.length} models in it (${shown.join(', ')}); unpack it and send one`,
    );
  }
  const entry = entries.find(({ name }) => name === first);
  if (first === undefined || entry === undefined) throw new Error('an entry of the archive is missing');
  const detection = new ModelDetection();
  let bytes = 0;
  for await (const piece of entry.read()) {
    detection.write(piece);
    bytes += piece.byteLength;
    if (!detection.wantsMore) break;
  }
  const detected = detection.end(null, bytes === entry.size);
  if (detected.kind === 'zip') return refuse('zip-without-model', 'is a zip archive inside a zip archive');
  if (detected.kind === 'model') return { detected, entry };
  return refuse(detected.reason, `holds ${cleanText(first, 60)}, which ${detected.message}`);
}

function refuse(reason: RefusalReason, message: string, howTo?: string): ZippedModel {
  const detected: RefusedModel = { kind: 'refused', reason, message, ...(howTo ? { howTo } : {}) };
  return { detected, entry: null };
}
