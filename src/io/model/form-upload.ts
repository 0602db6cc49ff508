// A model as a field of a form, for services that expect this (PROTOCOL 1.10, mvdXMLChecker).
import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FormField, FormUpload } from '../../core/ports/http.js';
import type { ModelSource } from '../../core/ports/model.js';
import {
  type FormPart,
  formBytes,
  formContentType,
  formLength,
} from '../../protocol/invocation/form-data.js';
import { notAFile } from '../files/plain-file.js';
import { chunksOf } from '../files/read-chunks.js';
import { isDirectory, modelChanged, readingModel } from './model-errors.js';

/**
 * The form with `model` in the field `modelField`, and `fields` before it (files by absolute path). Throws
 * `model-unreadable` for a file that cannot be read.
 */
export async function openForm(
  modelField: string,
  fields: readonly FormField[],
  model: Pick<ModelSource, 'path' | 'length'>,
): Promise<FormUpload> {
  const others = await Promise.all(fields.map(partOf));
  const boundary = `bimservice-${randomBytes(16).toString('hex')}`;
  const fileName = model.path === '-' ? 'model.ifc' : basename(model.path);
  const parts = (bytes: () => AsyncIterable<Uint8Array>): FormPart[] => [
    ...others,
    { name: modelField, fileName, size: model.length, bytes },
  ];
  const nothing = async function* () {};
  return {
    contentType: formContentType(boundary),
    length: formLength(parts(nothing), boundary),
    around: (bytes) => formBytes(parts(bytes), boundary),
  };
}

async function partOf(field: FormField): Promise<FormPart> {
  if ('text' in field) return field;
  const { name, file } = field;
  const { size } = await readingModel(file, async () => {
    const stats = await stat(file);
    if (stats.isDirectory()) throw isDirectory(file);
    // Its length, which the form needs, is not known.
    if (!stats.isFile()) throw notAFile();
    return stats;
  });
  return { name, fileName: basename(file), size, bytes: () => wholeFile(file, size) };
}

/** Exactly `size` bytes, because the length of the form was already sent. */
async function* wholeFile(file: string, size: number): AsyncGenerator<Uint8Array> {
  const handle = await readingModel(file, () => open(file, 'r'));
  try {
    let left = size;
    for await (const chunk of chunksOf(handle, size)) {
      left -= chunk.length;
      yield chunk;
    }
    if (left > 0) throw modelChanged(file, 'became shorter');
  } finally {
    await handle.close();
  }
}
