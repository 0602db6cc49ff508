// Checks that the fields of a form are those that a service requires (PROTOCOL 1.10, mvdXMLChecker).
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { FormField } from '../ports/http.js';

/** Throws `usage` for fields that a service does not accept, and for missing fields. */
export function checkFields(
  { id, multipart }: Pick<Service, 'id' | 'multipart'>,
  fields: readonly FormField[],
): void {
  if (multipart === undefined) {
    if (fields.length === 0) return;
    throw new BimServiceError(
      'usage',
      `${id} accepts only the model: --field is for services that accept forms`,
      { hint: `See how it takes models: bimservice list ${id}` },
    );
  }
  const wanted = Object.entries(multipart.fields);
  const missing = wanted.find(([name]) => !fields.some((field) => field.name === name));
  if (missing === undefined) return;
  const [name, meaning] = missing;
  const what = cleanText(`${name} (${meaning || 'without a description'})`, 120);
  throw new BimServiceError('usage', `${id} requires another field beside the model: ${what}`, {
    hint: `Give it with --field ${cleanText(name, 60)}=VALUE, or =@FILE for a file.`,
  });
}
