// Finds out what a zip archive holds (a BCF version, a workbook, a model), by the names in its directory (PROTOCOL 2).

import { xmlRoot } from './xml-scan.js';

/** The extension of a kind of office file that is a zip archive. */
export type OfficeFile = 'docx' | 'pptx' | 'ods' | 'odt' | 'odp';

/** What a zip archive holds. */
export interface ZipContent {
  /** A schema name; `IFCZIP` for an archive of a model, which has no schema name; null when it is not recognized. */
  schema: string | null;
  /** Its extension, where it is an office file without a schema name; null otherwise. */
  office: OfficeFile | null;
  /** The BCF version as `2.1`; null when the archive is not BCF. */
  bcfVersion: string | null;
}

/** `odf`: an OpenDocument file, whose entry `mimetype` says of which kind. */
export type ZipKind = 'bcf' | 'workbook' | 'docx' | 'pptx' | 'document' | 'odf' | 'kmz' | 'model';

/** The kind of an archive, by the names in its directory alone; null when it is no known kind. */
export function zipKind(names: readonly string[]): ZipKind | null {
  const files = names.filter((name) => !isClutter(name));
  if (findBcf(files) !== null) return 'bcf';
  const lower = files.map((name) => name.toLowerCase());
  if (lower.includes('[content_types].xml')) {
    const holds = (folder: string) => lower.some((name) => name.startsWith(folder));
    return holds('xl/') ? 'workbook' : holds('word/') ? 'docx' : holds('ppt/') ? 'pptx' : 'document';
  }
  if (lower.includes('mimetype') && lower.includes('meta-inf/manifest.xml')) return 'odf';
  if (lower.includes('doc.kml')) return 'kmz';
  return modelEntries(files).length > 0 ? 'model' : null;
}

const SCHEMA_OF_KIND = {
  workbook: 'VALIDATION_XLSX_1_0',
  document: null,
  kmz: 'KMZ_2_2_0',
  model: 'IFCZIP',
} as const;

/**
 * Recognizes an archive by the names in its directory.
 *
 * BCF (PROTOCOL 2, at the end): `bcf.version` at any place in the directory (without it the version is 1.0), and
 * folders with `markup.bcf` in any case. All of this may be inside one folder. Files that macOS adds are ignored. An
 * unknown version gets a name by analogy (`9.9` -> `BCF_ZIP_9_9`); one that cannot be read gives `BCF_ZIP`.
 *
 * @param readText reads the text of an entry, by its name as given
 */
export async function recognizeZip(
  names: readonly string[],
  readText: (name: string) => Promise<string>,
): Promise<ZipContent> {
  const kind = zipKind(names);
  const other = { schema: null, office: null, bcfVersion: null };
  if (kind === null || (kind === 'model' && !names.some(isIfc))) return other;
  if (kind === 'docx' || kind === 'pptx') return { ...other, office: kind };
  if (kind === 'odf') return { ...other, office: openDocument(await readText('mimetype')) };
  if (kind !== 'bcf') return { ...other, schema: SCHEMA_OF_KIND[kind] };
  const versionEntry = findBcf(names.filter((name) => !isClutter(name)))?.versionEntry ?? null;
  const version = versionEntry === null ? '1.0' : readVersion(await readText(versionEntry));
  const schema = version === null ? 'BCF_ZIP' : `BCF_ZIP_${version.replace('.', '_')}`;
  return { schema, office: null, bcfVersion: version };
}

/** The kind of an OpenDocument file, by the media type in its entry `mimetype`. */
function openDocument(mediaType: string): OfficeFile | null {
  const [, kind] =
    /^application\/vnd\.oasis\.opendocument\.(spreadsheet|text|presentation)/.exec(mediaType) ?? [];
  return kind === 'spreadsheet' ? 'ods' : kind === 'text' ? 'odt' : kind === 'presentation' ? 'odp' : null;
}

/** True for directories, and for the files that macOS and Windows add to archives. */
function isClutter(name: string): boolean {
  return /\/$|(?:^|\/)(?:__MACOSX\/|\.DS_Store$|Thumbs\.db$)/i.test(name);
}

function isIfc(name: string): boolean {
  return /\.(?:ifc|ifcxml|ifcjson)$/i.test(name) && !isClutter(name);
}

/** The entries of a zip archive that can be a model: those with an IFC extension, otherwise XML and JSON files. */
export function modelEntries(names: readonly string[]): string[] {
  const files = names.filter((name) => !isClutter(name));
  const ifc = files.filter(isIfc);
  return ifc.length > 0 ? ifc : files.filter((name) => /\.(?:xml|json)$/i.test(name));
}

/**
 * A version file at the top always counts. A version file inside a folder counts only beside a topic, because an
 * archive may hold anything in its folders.
 */
function findBcf(files: readonly string[]): { versionEntry: string | null } | null {
  const top = files.find((name) => name.toLowerCase() === 'bcf.version');
  if (top !== undefined) return { versionEntry: top };
  const topics = files.filter((name) => /\/markup\.bcf$/i.test(name));
  if (topics.length === 0) return null;
  const roots = new Set(topics.map((name) => name.split('/').slice(0, -2).join('/').toLowerCase()));
  const wrapped = files.find((name) => {
    const lower = name.toLowerCase();
    return lower.endsWith('/bcf.version') && roots.has(lower.slice(0, -'/bcf.version'.length));
  });
  return { versionEntry: wrapped ?? null };
}

/** The `VersionId` of a bcf.version file, for example `2.1` (`2.0 RC` is 2.0); null when it cannot be read. */
function readVersion(text: string): string | null {
  const root = xmlRoot(new TextEncoder().encode(text.replace(/^\ufeff/, '')));
  const id = /^\s*(\d+\.\d+)/.exec(root?.attributes.get('VersionId') ?? '');
  return id?.[1] ?? null;
}
