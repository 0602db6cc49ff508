// What a description of a service may say, but probably does not mean.

import { normalizeSchemaName, SCHEMAS } from '../../protocol/content/schema-names.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { ServiceDefinition } from './service-definition.js';

/** Sentences for the operator; empty: there is nothing to doubt. */
export function doubtsOf({ id, inputs, outputs, result }: ServiceDefinition): string[] {
  const types = [...new Set([...inputs, ...outputs, result.type])].filter((type) => !SCHEMAS.has(type));
  return types.map((type) => {
    const known = normalizeSchemaName(type);
    if (SCHEMAS.has(known))
      return `${id}: the type ${type} is written ${known} in other lists, and some clients look for that name`;
    const named = type === result.type ? `; its results are named ${cleanText(result.fileName)}` : '';
    return `${id}: the type ${type} is not a common one, and few clients know it${named}`;
  });
}
