// A file of services that does not fit the schema: its mistake in words for a person, with the line.

import { cleanText } from '../../protocol/text/clean-text.js';
import type { LocatedJson, Mistake } from './located.js';

/** The members of an error of ajv that are read here. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const SIZE_WORDS = 'takes a number of bytes, or a size such as "500 MB" or "2 GiB"';

/** What each member takes, for its mistake. */
export const TAKES: Readonly<Record<string, string>> = {
  services: 'takes a list with one service at least',
  id: 'takes lower-case letters, digits and -',
  name: 'takes a text that is not blank',
  description: 'takes a text',
  inputs: 'takes a list of types such as "IFC_STEP_4", in ASCII',
  outputs: 'takes a list with one type at least, such as "BCF_ZIP_2_1", in ASCII',
  command: 'takes a list of words such as ["check", "{input}"]',
  timeout: 'takes a duration such as "90s" or "2h"',
  cpu: 'takes a duration such as "90s" or "2h"',
  maxBytes: SIZE_WORDS,
  memory: SIZE_WORDS,
  disk: SIZE_WORDS,
  concurrency: 'takes a whole number from 1 to 1000',
  env: 'takes a list of names of variables',
  result: 'takes an object with type, contentType and fileName',
  type: 'takes the name of a type such as "BCF_ZIP_2_1", in ASCII',
  contentType: 'takes a media type such as "application/zip"',
  fileName: 'takes the name of a file without a folder and control characters',
};

/** The mistake in `json`, of what the schema reports. */
export function schemaMistake(json: LocatedJson, reported: readonly SchemaError[]): Mistake {
  // Both alternatives of the schema report: what lies deepest is about the mistake, the others are about the other form.
  const errors = [...reported].sort(
    (a, b) => depth(b.instancePath) - depth(a.instancePath) || rank(b.keyword) - rank(a.keyword),
  );
  const [error] = errors;
  const path = (error?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
  const extra: unknown = error?.params?.additionalProperty;
  if (typeof extra === 'string') {
    return {
      line: json.lineOf([...path, extra]),
      words: `"${cleanText(extra)}" is not known here; it may be misspelled`,
    };
  }
  const line = json.lineOf(path);
  const absent: unknown = error?.params?.missingProperty;
  const isService = path.length > 0 && typeof path.at(-1) === 'number' && path.length <= 2;
  if (isService && typeof absent === 'string') return { line, words: `"${absent}" is missing` };
  const names = path
    .filter((part) => typeof part === 'string')
    .filter((part, at) => at > 0 || part !== 'services');
  if (isService) return { line, words: 'a service is an object with name, command and outputs' };
  const takes = TAKES[names.at(-1) ?? 'services'];
  if (path.length === 0 || takes === undefined) {
    return { line, words: 'it takes a list of services, or an object with "services"' };
  }
  return { line, words: `"${names.join('.') || 'services'}" ${takes}` };
}

/** Of several errors at one place the first of these is about the mistake. */
function rank(keyword: string): number {
  return ['required', 'additionalProperties'].indexOf(keyword);
}

function depth(path: string): number {
  return path.split('/').length;
}
