// A model as a part of a form, for services that take it so (PROTOCOL 1.10, mvdXMLChecker).
import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FormUpload } from '../../core/ports/http.js';
import type { ModelSource } from '../../core/ports/model.js';
import { BimServiceError } from '../../errors.js';
import {
  type FormPart,
  formBytes,
  formContentType,
  formLength,
} from '../../protocol/invocation/form-data.js';
import type { MultipartUpload } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { chunksOf } from '../files/read-chunks.js';
import { isDirectory, modelChanged, readingModel } from './model-errors.js';

/** A further part of the form: a text, or the file of this absolute path. */
export type FormField = { name: string; text: string } | { name: string; file: string };

/**
 * The form for `model`, with `fields` before it. Throws `usage` where one is missing that the service wants, and
 * `model-unreadable` for a file that cannot be read.
 */
export async function openForm(
  serviceId: string,
  { modelField, fields: wanted }: MultipartUpload,
  fields: readonly FormField[],
  model: Pick<ModelSource, 'path' | 'length'>,
): Promise<FormUpload> {
  const missing = Object.keys(wanted).find((name) => !fields.some((field) => field.name === name));
  if (missing !== undefined) {
    const what = cleanText(`${missing} (${wanted[missing] || 'no word on what it is'})`, 120);
    throw new BimServiceError('usage', `${serviceId} wants another part beside the model: ${what}`, {
      service: serviceId,
      hint: `Give it with --field ${cleanText(missing, 60)}=VALUE, or =@FILE for a file.`,
    });
  }
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
    return stats;
  });
  return { name, fileName: basename(file), size, bytes: () => wholeFile(file, size) };
}

/** Exactly so many bytes: the length of the form has been told by then. */
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
