// Reads `--expect`, and names what a person may have meant by a word that is no type.

import { BimServiceError } from '../../errors.js';
import { type Expectation, expectableNames, readExpectation } from '../../protocol/content/expectation.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { nearest } from '../repository/nearest.js';

/** What `--expect` means for a service with these `outputs`. Throws `usage` for what is no type, family or media type. */
export function readExpect(text: string, outputs: readonly string[]): Expectation {
  const expectation = readExpectation(text, outputs);
  if (expectation !== null) return expectation;
  const names = expectableNames(outputs);
  const plain = (name: string) => name.toUpperCase().replace(/[\W_]+/g, '');
  const near = nearest(plain(text), names.map(plain)).map((word) =>
    names.find((name) => plain(name) === word),
  );
  const found = near.filter((name) => name !== undefined).map((name) => cleanText(name, 60));
  const forms = 'a type such as BCF_ZIP_2_1, a family (BCF, IFC, JSON) or a media type (application/json)';
  const listed = `The service lists: ${outputs.map((name) => cleanText(name, 60)).join(', ') || 'no types'}`;
  throw new BimServiceError('usage', `--expect takes ${forms}, not "${cleanText(text, 60)}"`, {
    hint: found.length === 0 ? listed : `Did you mean ${found.join(' or ')}?\n${listed}`,
  });
}
