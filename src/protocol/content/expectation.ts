// What `--expect` can name: a type, a family of types, or a media type.

import { type Claim, FAMILIES, judgeClaim, mediaClaim, mediaTypeOf, schemaClaim } from './claims.js';
import { formatId, type Recognized } from './result-type.js';
import { normalizeSchemaName, SCHEMAS, sameSchema, spellingFor } from './schema-names.js';

/** What the person accepts. */
export interface Expectation {
  /** As it was typed. */
  text: string;
  kind: 'type' | 'family' | 'media-type';
  /** Null where content cannot show it: then the label of the response counts. */
  claim: Claim | null;
}

/** Names of media types (RFC 6838): a slip like `aplication/json` is not one. */
const MEDIA_TYPE = /^(?:application|text|image|model|audio|video|multipart)\/[\w!#$&^.+-]{1,100}$/i;

/**
 * Reads `--expect`: a family, a media type, or a type of the catalog or of the service's own list (`outputs`). Null for any
 * other text.
 */
export function readExpectation(text: string, outputs: readonly string[]): Expectation | null {
  const family = FAMILIES.has(
    text
      .trim()
      .toUpperCase()
      .replace(/[\s.-]+/g, '_'),
  );
  if (family) return { text, kind: 'family', claim: schemaClaim(text) };
  const isListed = outputs.some((name) => sameSchema(name, text));
  if (SCHEMAS.has(normalizeSchemaName(text)) || isListed)
    return { text, kind: 'type', claim: schemaClaim(text) };
  const mediaType = mediaTypeOf(text);
  if (!MEDIA_TYPE.test(mediaType)) return null;
  return { text, kind: 'media-type', claim: mediaClaim(text) };
}

/** All names that `--expect` knows, for a service with these `outputs`. */
export function expectableNames(outputs: readonly string[]): string[] {
  return [...new Set([...outputs, ...FAMILIES.keys(), ...SCHEMAS.keys()])];
}

/** What the response says of itself. */
export interface SaidOfItself {
  outputType: string | null;
  contentType: string | null;
}

/** True for content that is what the person accepts. */
export function meets(found: Recognized, { text, kind, claim }: Expectation, said: SaidOfItself): boolean {
  const { outputType, contentType } = said;
  if (kind === 'media-type') {
    const isSaid = contentType !== null && mediaTypeOf(contentType) === mediaTypeOf(text);
    const relation = judgeClaim(found, claim);
    return relation === 'agrees' || (relation === 'silent' && isSaid);
  }
  // Of types that content cannot tell apart, two JSON reports say, the label tells which one it is.
  const isShown = claim?.formats.some(({ id }) => id !== null);
  if (kind === 'type' && !isShown && outputType !== null && isOther(outputType, text)) return false;
  return claim === null || judgeClaim(found, claim) === 'agrees';
}

/** A label for another type that content cannot show either; a label that content shows to be false says nothing. */
function isOther(outputType: string, text: string): boolean {
  const name = normalizeSchemaName(outputType);
  return !sameSchema(outputType, text) && (!SCHEMAS.has(name) || formatId(name) === null);
}

/** The `Output-Type` to send for it, in the spelling of the service's list, or null when it is not a single one. */
export function outputTypeFor({ text, kind, claim }: Expectation, outputs: readonly string[]): string | null {
  if (kind === 'type') return spellingFor(outputs, normalizeSchemaName(text));
  const fitting = namesFitting(claim, outputs);
  const [only, ...others] = fitting;
  return only !== undefined && others.length === 0 ? spellingFor(outputs, only) : null;
}

/** Those of `names` that `text` means: a type in any spelling, or a member of a family or media type. */
export function namesMeant(text: string, names: readonly string[]): string[] {
  const same = names.filter((name) => sameSchema(name, text));
  const expectation = readExpectation(text, []);
  if (expectation === null || expectation.kind === 'type') return same;
  return [...new Set([...same, ...namesFitting(expectation.claim, names)])];
}

function namesFitting(claim: Claim | null, names: readonly string[]): string[] {
  return names.filter((name) => {
    const formats = schemaClaim(name)?.formats ?? [];
    return formats.length > 0 && formats.every(({ content, id }) => fits(claim, content, id));
  });
}

function fits(claim: Claim | null, content: Recognized['content'], id: string | null): boolean {
  return judgeClaim({ content, schema: id === 'XLSX' ? 'VALIDATION_XLSX_1_0' : id }, claim) === 'agrees';
}
