// Whether a label fits what a result is (PROTOCOL 1.5, 2): content decides, the label is compared.

import { type ContentKind, normalizeSchemaName, SCHEMAS } from './schema-names.js';

/** What is known of a result: its kind, and its schema where the content tells it. */
export interface Recognized {
  content: ContentKind;
  /** Canonical schema name, `IFCZIP`, or null. */
  schema: string | null;
}

/**
 * Whether a label (Output-Type, `--expect`) cannot be what the content is: a sentence that says so, or null when they
 * agree, or the label is not in the catalogue or of a kind that content does not tell.
 */
export function contradicts(found: Recognized, label: string): string | null {
  const name = normalizeSchemaName(label);
  const entry = SCHEMAS.get(name);
  if (entry === undefined || entry.content === null) return null;
  if (!entry.content.includes(found.content)) return `${name} was named, but the content is ${words(found)}`;
  const told = identity(name);
  if (told === null || (found.schema === null && found.content !== 'zip')) return null;
  const seen = found.schema === null ? null : (identity(found.schema) ?? found.schema);
  return agrees(told, seen) ? null : `${name} was named, but the content is ${words(found)}`;
}

/** The part of a schema that content shows; null where only the label tells (JSON reports, CSV). */
function identity(schema: string): string | null {
  if (schema === 'INFO_3D_EXCEL_1_0' || schema === 'VALIDATION_XLSX_1_0') return 'XLSX';
  return /^(?:IFC_(?:STEP|XML|JSON)(?:_(?!GEOM)|$)|BCF_|GLTF_|COLLADA_|CITYGML_|KMZ_)/.test(schema)
    ? schema
    : null;
}

/** `IFC_STEP` is the general name for every release. */
function agrees(told: string, seen: string | null): boolean {
  return seen === told || (told === 'IFC_STEP' && seen !== null && seen.startsWith('IFC_STEP_'));
}

const KIND_WORDS: Readonly<Record<ContentKind, string>> = {
  empty: 'empty',
  zip: 'a zip archive of something else',
  gzip: 'gzip data',
  json: 'JSON',
  html: 'an HTML page',
  xml: 'XML',
  step: 'a STEP (IFC) file',
  glb: 'binary glTF',
  ole: 'an old Office file',
  text: 'plain text',
  binary: 'binary data',
};

function words({ content, schema }: Recognized): string {
  if (schema === 'IFCZIP') return 'a zip archive of a model';
  if (schema !== null && identity(schema) === 'XLSX') return 'an Excel workbook';
  return schema ?? KIND_WORDS[content];
}
