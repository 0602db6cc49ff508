// What a label says about a content: a schema name, a media type, or the extension of a file name.

import { type Format, formatsOf, type Recognized, relationTo, withoutVersion } from './result-type.js';
import { type ContentKind, extensionOfType, normalizeSchemaName, SCHEMAS } from './schema-names.js';

/** What a label claims. */
export interface Claim {
  /** The label as it is shown to a person. */
  label: string;
  /** Any of these is what the label says. */
  formats: readonly Format[];
  /** Content that the label neither confirms nor denies: `text/html` is what many servers send with all text. */
  silentFor: readonly ContentKind[];
}

/** `silent`: the label says nothing about this content. */
export type ClaimRelation = 'agrees' | 'other-version' | 'silent' | 'contradicts';

/** How a content relates to a claim; a claim of null says nothing. */
export function judgeClaim(found: Recognized, claim: Claim | null): ClaimRelation {
  if (claim === null) return 'silent';
  const relations = claim.formats.map((format) => relationTo(found, format));
  if (relations.includes('same')) return 'agrees';
  if (relations.includes('other-version')) return 'other-version';
  return claim.silentFor.includes(found.content) ? 'silent' : 'contradicts';
}

const any = (...kinds: ContentKind[]): Format[] => kinds.map((content) => ({ content, id: null }));

/** Names of several schemas at once, as people and lists use them. */
export const FAMILIES: ReadonlyMap<string, readonly Format[]> = new Map([
  ['BCF', [{ content: 'zip', id: 'BCF_ZIP' }]],
  ['BCF_ZIP', [{ content: 'zip', id: 'BCF_ZIP' }]],
  [
    'IFC',
    [
      { content: 'step', id: 'IFC_STEP' },
      { content: 'xml', id: 'IFC_XML' },
      { content: 'json', id: 'IFC_JSON' },
    ],
  ],
  ['IFC_XML', [{ content: 'xml', id: 'IFC_XML' }]],
  ['IFC_JSON', [{ content: 'json', id: 'IFC_JSON' }]],
  ['JSON', any('json')],
]);

/** The claim of a schema name or a family; null for a name that is not known. */
export function schemaClaim(text: string): Claim | null {
  const family = FAMILIES.get(
    text
      .trim()
      .toUpperCase()
      .replace(/[\s.-]+/g, '_'),
  );
  const formats = family ?? formatsOf(text);
  return formats === null
    ? null
    : { label: family ? text.trim() : normalizeSchemaName(text), formats, silentFor: [] };
}

/** The parts of a media type that count: `Text/HTML; charset=x` -> `text/html`. */
export function mediaTypeOf(contentType: string): string {
  return contentType.split(';')[0]?.trim().toLowerCase() ?? '';
}

const TEXTS: readonly ContentKind[] = ['text', 'json', 'xml', 'html', 'step'];

/** Extensions whose rows in the catalog are narrower than what the world uses them for. */
const EXTENSIONS: ReadonlyMap<string, Omit<Claim, 'label'>> = new Map<string, Omit<Claim, 'label'>>([
  ['.json', { formats: any('json'), silentFor: [] }],
  ['.xml', { formats: any('xml'), silentFor: [] }],
  ['.html', { formats: any('html'), silentFor: [] }],
  ['.htm', { formats: any('html'), silentFor: [] }],
  ['.txt', { formats: any('text'), silentFor: TEXTS }],
  ['.log', { formats: any('text'), silentFor: TEXTS }],
  ['.md', { formats: any('text'), silentFor: TEXTS }],
  ['.csv', { formats: any('text'), silentFor: [] }],
  ['.zip', { formats: any('zip'), silentFor: [] }],
  ['.gz', { formats: any('gzip'), silentFor: [] }],
  ['.pdf', { formats: any('pdf'), silentFor: [] }],
  ['.png', { formats: any('binary'), silentFor: [] }],
  ['.jpg', { formats: any('binary'), silentFor: [] }],
  ['.ifczip', { formats: [{ content: 'zip', id: 'IFCZIP' }], silentFor: [] }],
  ['.xlsx', { formats: [{ content: 'zip', id: 'XLSX' }], silentFor: [] }],
  ['.xls', { formats: [...any('ole'), { content: 'zip', id: 'XLSX' }], silentFor: TEXTS }],
  ...['docx', 'pptx', 'ods', 'odt', 'odp'].map((name): [string, Omit<Claim, 'label'>] => [
    `.${name}`,
    { formats: [{ content: 'zip', id: name.toUpperCase() }], silentFor: [] },
  ]),
  ['.doc', { formats: any('ole'), silentFor: [] }],
  ['.ppt', { formats: any('ole'), silentFor: [] }],
]);

/** The claim of an extension with its dot; null where it says nothing (`.bin`, `.php`, one that is not known). */
export function extensionClaim(extension: string): Claim | null {
  const lower = extension.toLowerCase();
  const own = EXTENSIONS.get(lower);
  if (own !== undefined) return { label: extension, ...own };
  const formats = [...SCHEMAS.values()]
    .filter((entry) => entry.extensions.includes(lower))
    .flatMap(({ name }) => formatsOf(name) ?? []);
  // Another version under an extension is no contradiction: the extension has none.
  const unversioned = formats.map(({ content, id }) => ({
    content,
    id: id === null ? null : withoutVersion(id),
  }));
  return formats.length === 0 ? null : { label: extension, formats: unversioned, silentFor: [] };
}

/** The claim of a Content-Type; null where it says nothing (`application/octet-stream`, one that is not known). */
export function mediaClaim(contentType: string): Claim | null {
  const type = mediaTypeOf(contentType);
  if (type === 'text/html') return { label: type, formats: any('html'), silentFor: TEXTS };
  if (type === 'text/plain') return { label: type, formats: any('text'), silentFor: TEXTS };
  const suffix = /\+(json|xml|zip)$/.exec(type)?.[1];
  const claim = extensionClaim(extensionOfType(type) ?? (suffix === undefined ? '' : `.${suffix}`));
  return claim === null ? null : { ...claim, label: type };
}
