// The catalog of schema names (PROTOCOL 2): their spelling, how they compare, and the file extension of each.
import { before, trimEndOf, trimOf } from '../text/cut.js';

/** What the bytes of a file are, as far as the bytes alone show it. */
export type ContentKind =
  | 'empty'
  | 'zip'
  | 'gzip'
  | 'json'
  | 'html'
  | 'xml'
  | 'step'
  | 'glb'
  | 'ole'
  | 'pdf'
  | 'text'
  | 'binary';

/** One schema name that the protocol knows. */
export interface SchemaEntry {
  name: string;
  contentType: string;
  /** With their dots. A new file gets the first one. */
  extensions: readonly [string, ...string[]];
  /** The kinds of content that a file with this schema can have; null when the schema does not say. */
  content: readonly ContentKind[] | null;
}

type Row = [names: string, contentType: string, extensions: string, content: readonly ContentKind[] | null];

// Content types as in BIMserver's extendeddataschemas.json, including most of its oddities: servers send them.
const ROWS: readonly Row[] = [
  ['IFC_STEP_2X3TC1 IFC_STEP_4 IFC_STEP_4X3 IFC_STEP', 'application/ifc', '.ifc', ['step']],
  ['IFC_XML_2X3TC1 IFC_XML_4 IFC_XML_4X3', 'application/ifcxml', '.ifcxml .xml', ['xml']],
  ['IFC_JSON_2X3TC1 IFC_JSON_4 IFC_JSON_4X3', 'application/json', '.json .ifcjson', ['json']],
  ['IFC_JSON_GEOM_2X3TC1', 'application/ifc', '.json', ['json']],
  ['IFC_JSON_GEOM_4', 'application/json', '.json', ['json']],
  ['BCF_ZIP_1_0 BCF_ZIP_2_0', 'application/zip', '.bcfzip .bcf', ['zip']],
  ['BCF_ZIP_2_1 BCF_ZIP_3_0', 'application/zip', '.bcf .bcfzip', ['zip']],
  ['GLTF_1_0', 'model/gltf+json', '.gltf', ['json']],
  ['GLTF_BIN_1_0 GLTF_BIN_2_0', 'model/gltf.binary', '.glb', ['glb']],
  ['COLLADA_1_5', 'model/vnd.collada+xml', '.dae', ['xml']],
  ['KMZ_2_2_0', 'application/vnd.google-earth.kmz', '.kmz', ['zip']],
  ['BINARY_GEOMETRY_6', 'binarygeometry', '.bin', null],
  ['CITYGML_2_0_0', 'application/gml', '.gml', ['xml']],
  ['VIS_3D_JSON_1_0 VALIDATION_JSON_1_0 VALIDATION_JSON_2_0', 'application/json', '.json', ['json']],
  ['LOD_CSV_1_0 CSV_TABLE_1_0', 'text/csv', '.csv', ['text']],
  ['INFO_3D_EXCEL_1_0', 'application/excel', '.xls .xlsx', ['ole', 'zip']],
  [
    'VALIDATION_XLSX_1_0',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    '.xlsx',
    ['zip'],
  ],
  ['UNSTRUCTURED_UTF8_TEXT_1_0', 'text/plain', '.txt', ['text', 'json', 'xml', 'step', 'empty']],
  [
    'GUID_PROPERTIES_DATASET_0_0_1 MPG_OBJECT_JSON_0_0_3 MPG_RESULTS_JSON_0_0_1 ' +
      'GEOMETRY_GENERATION_REPORT_JSON_1_1 CLASHDETECTION_RESULT_JSON_1_0 IFC_ANALYTICS_JSON_1_0',
    'application/json',
    '.json',
    ['json'],
  ],
  ['GEOMETRY_GENERATION_REPORT_HTML_1_1', 'text/html', '.html', ['html', 'xml']],
];

/** Every schema name of PROTOCOL 2, by its canonical name. BCF_ZIP_3_0 is formed by analogy: no list has it. */
export const SCHEMAS: ReadonlyMap<string, SchemaEntry> = new Map(
  ROWS.flatMap(([names, contentType, extensions, content]) => {
    const [first = '', ...more] = extensions.split(' ');
    return names
      .split(' ')
      .map((name): [string, SchemaEntry] => [
        name,
        { name, contentType, extensions: [first, ...more], content },
      ]);
  }),
);

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['IFC', 'IFC_STEP'],
  ['IFC2X3', 'IFC_STEP_2X3TC1'],
  ['IFC2X3TC1', 'IFC_STEP_2X3TC1'],
  ['IFC2X3_TC1', 'IFC_STEP_2X3TC1'],
  ['IFC_2X3TC1', 'IFC_STEP_2X3TC1'],
  ['IFC_STEP_2X3', 'IFC_STEP_2X3TC1'],
  ['IFC_STEP_2X3_TC1', 'IFC_STEP_2X3TC1'],
  ['IFC_XML_2X3', 'IFC_XML_2X3TC1'],
  ['IFC_JSON_2X3', 'IFC_JSON_2X3TC1'],
  ['IFC4', 'IFC_STEP_4'],
  ['IFC_4', 'IFC_STEP_4'],
  ['IFC4X3', 'IFC_STEP_4X3'],
  ['IFC_4X3', 'IFC_STEP_4X3'],
  ['IFC4_3', 'IFC_STEP_4X3'],
  ['GLTF_BINARY_1_0', 'GLTF_BIN_1_0'],
  ['GLTF_BINARY_2_0', 'GLTF_BIN_2_0'],
]);

/** Quotes that servers put around a name. */
const QUOTES = '"\'“”‘’';

/**
 * The normal form of a schema name, for comparing only: trimmed, unquoted, upper case, with `_` for `.`, `-` and
 * blanks. Then the aliases that servers use (PROTOCOL 2) are replaced, also the addresses of buildingSMART. An unknown
 * name is returned in normal form; this function refuses nothing.
 */
export function normalizeSchemaName(text: string): string {
  const bare = trimOf(text.trim(), QUOTES);
  const form = plainForm(bare);
  if (!/^https?:/i.test(bare)) return resolveAlias(form);
  const segment = trimEndOf(before(bare, '?#'), '/').split('/').at(-1) ?? '';
  const named = resolveAlias(plainForm(segment).replace(/_(?:RELEASE|FINAL)$/, ''));
  return SCHEMAS.has(named) ? named : form;
}

function plainForm(text: string): string {
  return text
    .trim()
    .toUpperCase()
    .replace(/[.\-\s_]+/g, '_');
}

function resolveAlias(form: string): string {
  const bcf = /^BCF_?(?:ZIP_?)?(\d)_(\d)$/.exec(form);
  if (bcf !== null) return `BCF_ZIP_${bcf[1]}_${bcf[2]}`;
  return ALIASES.get(form) ?? form;
}

/** True when two spellings mean the same schema. */
export function sameSchema(a: string, b: string): boolean {
  return normalizeSchemaName(a) === normalizeSchemaName(b);
}

/**
 * The spelling to send to a service: the spelling in its own list when the list has the schema, because servers compare
 * exactly (PROTOCOL 1.5); otherwise the canonical one. Quotes around a listed spelling are removed.
 */
export function spellingFor(inputs: readonly string[], canonical: string): string {
  const listed = inputs.find((input) => sameSchema(input, canonical));
  return listed === undefined ? canonical : trimOf(listed.trim(), '"\'');
}

// Content types that are in no row of the catalog, or in several rows.
const TYPE_EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['application/zip', '.zip'],
  ['application/x-zip-compressed', '.zip'],
  ['application/gzip', '.gz'],
  ['application/xml', '.xml'],
  ['text/xml', '.xml'],
  ['text/html', '.html'],
  ['text/plain', '.txt'],
  ['text/csv', '.csv'],
  ['text/json', '.json'],
  ['text/markdown', '.md'],
  ['application/json', '.json'],
  ['application/pdf', '.pdf'],
  ['application/ifc', '.ifc'],
  ['application/x-step', '.ifc'],
  ['model/ifc', '.ifc'],
  ['application/ifcxml', '.ifcxml'],
  ['model/gltf-binary', '.glb'],
  ['application/vnd.ms-excel', '.xls'],
  ['application/excel', '.xls'],
  ['image/png', '.png'],
  ['image/jpeg', '.jpg'],
]);

/** The extension, with its dot, of a file with this schema; null for a name that is not in the catalog. */
export function listedExtension(schemaName: string): string | null {
  return SCHEMAS.get(normalizeSchemaName(schemaName))?.extensions[0] ?? null;
}

/**
 * The extension, with its dot, for a result that has no name: by its schema; then by its content type (parameters and
 * case are ignored); then by a `+json`, `+xml` or `+zip` suffix (RFC 6839); otherwise `.bin`.
 */
export function extensionFor(schemaName: string | null, contentType: string | null): string {
  const listed = schemaName === null ? null : listedExtension(schemaName);
  if (listed !== null) return listed;
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = extensionOfType(type);
  if (known !== null) return known;
  const suffix = /\+(json|xml|zip)$/.exec(type)?.[1];
  return suffix === undefined ? '.bin' : `.${suffix}`;
}

const KIND_EXTENSIONS: Partial<Record<ContentKind, readonly string[]>> = {
  zip: ['.zip'],
  gzip: ['.gz'],
  json: ['.json'],
  html: ['.html'],
  xml: ['.xml'],
  text: ['.txt', '.csv', '.md', '.json', '.xml'],
};

/** The extension for content without a format of its own: `labeled` where it fits, else the usual one; null for others. */
export function kindExtension(content: ContentKind, labeled: string): string | null {
  const usual = KIND_EXTENSIONS[content];
  return usual === undefined ? null : usual.includes(labeled) ? labeled : (usual[0] ?? null);
}

/** The extension, with its dot, of a media type in lower case and without parameters; null for one that is not known. */
export function extensionOfType(mediaType: string): string | null {
  const known = TYPE_EXTENSIONS.get(mediaType);
  if (known !== undefined) return known;
  for (const entry of SCHEMAS.values()) if (entry.contentType === mediaType) return entry.extensions[0];
  return null;
}

/** True for an extension, with its dot and in lower case, that a schema or a known media type has. */
export function isResultExtension(extension: string): boolean {
  const listed = [...SCHEMAS.values()].some(({ extensions }) => extensions.includes(extension));
  return listed || [...TYPE_EXTENSIONS.values()].includes(extension);
}
