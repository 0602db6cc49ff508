// What is known about the content of a result, in the terms that labels are compared with (PROTOCOL 1.5, 2).

import { type ContentKind, normalizeSchemaName, SCHEMAS } from './schema-names.js';
import type { OfficeFile } from './zip-content.js';

/** What is known about a result: its kind of content, and its format when the content shows it. */
export interface Recognized {
  content: ContentKind;
  /** Canonical schema name, the name without its version (`BCF_ZIP`) when the version cannot be read, `IFCZIP`, or null. */
  schema: string | null;
  /** An office file that has no schema name; null or absent for all else. */
  office?: OfficeFile | null;
}

/** A format that a label can mean. `id` null: any content of that kind. */
export interface Format {
  content: ContentKind;
  /** A schema name as content shows it, with or without its version; `XLSX`, `DOCX`, `IFCZIP`. */
  id: string | null;
}

/** The `id` of a Format with that canonical schema name; null where content does not show it (text, JSON reports). */
export function formatId(schema: string): string | null {
  if (schema === 'INFO_3D_EXCEL_1_0' || schema === 'VALIDATION_XLSX_1_0') return 'XLSX';
  return /^(?:IFC_(?:STEP|XML|JSON)(?:_(?!GEOM)|$)|BCF_|GLTF(?:_|$)|COLLADA(?:_|$)|CITYGML(?:_|$)|KMZ_|IFCZIP$)/.test(
    schema,
  )
    ? schema
    : null;
}

/** The format of a result as its content shows it; null for plain text, JSON reports and the like. */
export function formatOf({ schema, office }: Recognized): string | null {
  if (schema !== null) return formatId(schema);
  return office ? office.toUpperCase() : null;
}

/** `BCF_ZIP_2_1` -> `BCF_ZIP`, `IFC_STEP_2X3TC1` -> `IFC_STEP`. */
export function withoutVersion(id: string): string {
  const version = id.search(/_\d/);
  return version === -1 ? id : id.slice(0, version);
}

/** True for content that is of one format without doubt, with any label: BCF, IFC, office files, PDF, glTF. */
export function hasOwnFormat(found: Recognized): boolean {
  return formatOf(found) !== null || ['pdf', 'glb', 'ole'].includes(found.content);
}

/** How a content relates to a format: `other-version` is BCF 3.0 where BCF 2.1 was named. */
export type FormatRelation = 'same' | 'other-version' | 'other';

export function relationTo(found: Recognized, format: Format): FormatRelation {
  if (found.content !== format.content) return 'other';
  if (format.id === null) return 'same';
  const id = formatOf(found);
  if (id === null || withoutVersion(id) !== withoutVersion(format.id)) return 'other';
  const isSame = id === format.id || id === withoutVersion(id) || format.id === withoutVersion(format.id);
  return isSame ? 'same' : 'other-version';
}

/** The formats that a schema name can mean; null for a name that is not in the catalog or says nothing about bytes. */
export function formatsOf(schemaName: string): readonly Format[] | null {
  const name = normalizeSchemaName(schemaName);
  const content = SCHEMAS.get(name)?.content ?? (/^BCF_ZIP_\d/.test(name) ? (['zip'] as const) : null);
  // An old Office file shows no format of its own.
  return content?.map((kind) => ({ content: kind, id: kind === 'ole' ? null : formatId(name) })) ?? null;
}

const KIND_WORDS: Readonly<Record<ContentKind, string>> = {
  empty: 'empty',
  zip: 'a zip archive of something else',
  gzip: 'gzip data',
  json: 'JSON',
  html: 'an HTML page',
  xml: 'XML',
  step: 'a STEP file without an IFC schema',
  glb: 'binary glTF',
  ole: 'an old Office file',
  pdf: 'a PDF file',
  text: 'plain text',
  binary: 'binary data',
};

const OFFICE_WORDS: Readonly<Record<OfficeFile, string>> = {
  docx: 'a Word document',
  pptx: 'a PowerPoint presentation',
  ods: 'an OpenDocument spreadsheet',
  odt: 'an OpenDocument text',
  odp: 'an OpenDocument presentation',
};

/** The content in words, for a sentence that ends with it. */
export function describe({ content, schema, office }: Recognized): string {
  if (schema === 'IFCZIP') return 'a zip archive of a model';
  if (schema !== null && formatId(schema) === 'XLSX') return 'an Excel workbook';
  return schema ?? (office ? OFFICE_WORDS[office] : KIND_WORDS[content]);
}

/** The extensions that fit a content of its own format, the best one first; null for text and unknown bytes. */
export function extensionsFor(found: Recognized): readonly [string, ...string[]] | null {
  const { content, schema, office } = found;
  if (office) return [`.${office}`];
  if (content === 'pdf') return ['.pdf'];
  if (content === 'glb') return ['.glb'];
  // Of the old Office files, services send workbooks.
  if (content === 'ole') return ['.xls', '.doc', '.ppt', '.msg', '.mpp', '.vsd'];
  if (schema === null || formatId(schema) === null) return null;
  if (schema === 'IFCZIP') return ['.ifczip', '.zip'];
  if (formatId(schema) === 'XLSX') return ['.xlsx', '.xlsm', '.xlsb', '.xltx'];
  const listed = SCHEMAS.get(schema)?.extensions;
  switch (withoutVersion(schema)) {
    case 'BCF_ZIP':
      return [listed?.[0] ?? '.bcf', '.bcf', '.bcfzip', '.zip'];
    case 'IFC_STEP':
      return ['.ifc', '.step', '.stp', '.p21', '.spf'];
    case 'COLLADA':
      return ['.dae', '.xml'];
    case 'CITYGML':
      return ['.gml', '.citygml', '.xml'];
    case 'KMZ':
      return ['.kmz', '.zip'];
    case 'GLTF':
      return ['.gltf', '.json'];
    default:
      return listed ?? null;
  }
}
