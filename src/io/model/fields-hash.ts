// The hash of the fields of a form, for receipts: the fields themselves may hold secrets.
import { createHash } from 'node:crypto';
import type { FormField } from '../../core/ports/http.js';
import { sha256Of } from '../files/file-hash.js';

/** In lower-case hex; a file counts by its content. One that cannot be read is reported when the form is made. */
export async function hashOfFields(fields: readonly FormField[]): Promise<string> {
  const values = fields.map(async (field) => [
    field.name,
    'text' in field ? field.text : await sha256Of(field.file).catch(() => null),
  ]);
  return createHash('sha256')
    .update(JSON.stringify(await Promise.all(values)))
    .digest('hex');
}
