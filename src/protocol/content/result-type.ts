// Checks whether a label fits the content of a result (PROTOCOL 1.5, 2). The content decides.

import { type ContentKind, normalizeSchemaName, SCHEMAS } from './schema-names.js';

/** What is known about a result: its kind of content, and its schema when the content shows it. */
export interface Recognized {
  content: ContentKind;
  /** Canonical schema name, `IFCZIP`, or null. */
  schema: string | null;
}

/**
 * Compares a label (Output-Type, `--expect`) with the content. Returns a sentence when the content cannot have that
 * label. Returns null when they agree, when the label is not in the catalogue, or when the content cannot show it.
 */
export function contradicts(found: Recognized, label: string): string | null {
  const name = normalizeSchemaName(label);
  const entry = SCHEMAS.get(name);
  if (entry === undefined || entry.content === null) return null;
  if (!entry.content.includes(found.content))
    return `${name} was named, but the content is ${describe(found)}`;
  const labeled = identity(name);
  if (labeled === null || (found.schema === null && found.content !== 'zip')) return null;
  const detected = found.schema === null ? null : (identity(found.schema) ?? found.schema);
  return agrees(labeled, detected) ? null : `${name} was named, but the content is ${describe(found)}`;
}

/** The part of a schema that the content shows; null when only the label shows it (JSON reports, CSV). */
function identity(schema: string): string | null {
  if (schema === 'INFO_3D_EXCEL_1_0' || schema === 'VALIDATION_XLSX_1_0') return 'XLSX';
  return /^(?:IFC_(?:STEP|XML|JSON)(?:_(?!GEOM)|$)|BCF_|GLTF_|COLLADA_|CITYGML_|KMZ_)/.test(schema)
    ? schema
    : null;
}

/** `IFC_STEP` is the general name for every release. */
function agrees(labeled: string, detected: string | null): boolean {
  return (
    detected === labeled || (labeled === 'IFC_STEP' && detected !== null && detected.startsWith('IFC_STEP_'))
  );
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

function describe({ content, schema }: Recognized): string {
  if (schema === 'IFCZIP') return 'a zip archive of a model';
  if (schema !== null && identity(schema) === 'XLSX') return 'an Excel workbook';
  return schema ?? KIND_WORDS[content];
}
