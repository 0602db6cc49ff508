// The types that services list, for a message.
import { normalizeSchemaName } from '../protocol/content/schema-names.js';
import type { Service } from '../protocol/repository/service.js';
import { cleanText } from '../protocol/text/clean-text.js';

/** The types that services list, each once, in alphabetical order. */
export function typesOf(services: readonly Service[], side: 'inputs' | 'outputs'): string[] {
  const names = services.flatMap((service) => service[side].map((name) => normalizeSchemaName(name)));
  return [...new Set(names)].sort().map((name) => cleanText(name, 60));
}
