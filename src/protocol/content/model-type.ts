// Finds out what a model file is (PROTOCOL 2), from the first bytes of its content and not from its name.

import { cleanText } from '../text/clean-text.js';
import { before } from '../text/cut.js';
import { kindOf } from './content-kind.js';
import { foreignContent } from './foreign-model.js';
import { readIfcRelease, releaseOfNamespace } from './ifc-release.js';
import { JsonScan } from './json-scan.js';
import type { ContentKind } from './schema-names.js';
import { hasStepEnd, readStepHeader } from './step-header.js';
import { type XmlElement, xmlElements } from './xml-scan.js';

/** How many bytes of the start `detectModel` uses. */
export const HEAD_BYTES = 1024 * 1024;
/** How many bytes of the end `detectModel` uses. */
export const TAIL_BYTES = 1024;

/** A file that can be sent, with the schema name for Input-Type. */
export interface DetectedModel {
  kind: 'model';
  /** Canonical schema name. */
  type: string;
  /** Sentences for a person; empty when there is nothing to warn about. */
  warnings: string[];
}

/** A file that should not be sent, unless the person names its type (`--input-type`). */
export interface RefusedModel {
  kind: 'refused';
  reason: RefusalReason;
  /** The reason, as the rest of a sentence that begins with the name of the file. */
  message: string;
  /** The format without its version, where it is one of the catalog in a version that has no schema name. */
  family?: string;
  /** What the person can do, as a sentence, where the content shows it. */
  howTo?: string;
}

export type RefusalReason =
  | 'empty'
  | 'not-a-model'
  | 'not-ifc'
  | 'lfs-pointer'
  | 'zero-bytes'
  | 'damaged-header'
  | 'utf-16'
  | 'html'
  | 'gzip'
  | 'unknown-release'
  | 'zip-damaged'
  | 'zip-without-model'
  | 'zip-with-several-models'
  | 'zip-on-a-stream';

export type ModelType = DetectedModel | { kind: 'zip' } | RefusedModel;

/**
 * The type of a model.
 *
 * @param head the first bytes, up to HEAD_BYTES; fewer only when the file is that short
 * @param tail the last bytes, about TAIL_BYTES; null when they are not available (a stream)
 */
export function detectModel(head: Uint8Array, tail: Uint8Array | null): ModelType {
  if (isUtf16(head)) {
    return refused(
      'utf-16',
      'is UTF-16 text; IFC files are 8-bit text, so save or export it again as 8-bit text',
    );
  }
  const kind = kindOf(head);
  switch (kind) {
    case 'zip':
      return { kind: 'zip' };
    case 'step':
      return fromStep(head, tail);
    case 'xml':
      return fromXml(head);
    case 'json':
      return modelOfJson(scanned(head));
    case 'glb':
      return fromGlb(head);
    default:
      return unrecognized(head) ?? foreign(head, kind) ?? refusal(kind);
  }
}

/** `bytes` without the zero bytes at their end. */
export function withoutZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.byteLength;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

function refused(reason: RefusalReason, message: string, family?: string): RefusedModel {
  return { kind: 'refused', reason, message, ...(family === undefined ? {} : { family }) };
}

const LFS_POINTER = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v\d/;

/** Files that stand for a model that is elsewhere. */
function unrecognized(head: Uint8Array): RefusedModel | null {
  if (
    LFS_POINTER.test(
      Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 80)).toString('latin1'),
    )
  ) {
    return refused(
      'lfs-pointer',
      'is a Git LFS pointer, not the model itself: fetch the model with "git lfs pull"',
    );
  }
  if (head.byteLength === 0 || head.some((byte) => byte !== 0)) return null;
  return refused(
    'zero-bytes',
    'holds nothing but zero bytes: it is damaged, or a cloud folder has not downloaded it yet',
  );
}

/** Files of other programs, such as Revit. */
function foreign(head: Uint8Array, kind: ContentKind): RefusedModel | null {
  const found = foreignContent(head, kind === 'ole');
  return found === null ? null : { kind: 'refused', reason: 'not-a-model', ...found };
}

function model(type: string, ...warnings: Array<string | null>): DetectedModel {
  return { kind: 'model', type, warnings: warnings.filter((warning) => warning !== null) };
}

function refusal(kind: ContentKind): RefusedModel {
  switch (kind) {
    case 'empty':
      return refused('empty', 'is empty');
    case 'gzip':
      return refused('gzip', 'is compressed with gzip; unpack it first');
    case 'html':
      return {
        ...refused('html', 'is an HTML page, perhaps a login or error page that was saved as a model'),
        howTo: 'Open it in a browser to see what it says, then download the model again.',
      };
    case 'text':
      return refused('not-a-model', 'is text, but not a model: it does not begin with ISO-10303-21');
    default:
      return refused('not-a-model', 'is not a building model');
  }
}

/** True for a byte order mark, and for ASCII letters that each come with a zero byte. */
function isUtf16(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  const ascii = (byte: number | undefined) => byte !== undefined && byte >= 9 && byte < 0x7f;
  return (ascii(a) && b === 0 && ascii(c) && d === 0) || (a === 0 && ascii(b) && c === 0 && ascii(d));
}

const DAMAGE = {
  'no-schema': 'has a STEP header without FILE_SCHEMA, so its IFC release is unknown',
  'bad-schema': 'has a STEP header whose FILE_SCHEMA names no schema or is damaged',
  syntax: 'has a damaged STEP header',
  'ends-early': 'stops inside its STEP header',
} as const;

function fromStep(head: Uint8Array, tail: Uint8Array | null): ModelType {
  const header = readStepHeader(head);
  if (header.kind === 'not-step') return refusal('text');
  if (header.kind === 'damaged') return refused('damaged-header', DAMAGE[header.why]);
  const [first = '', ...more] = header.schemas;
  // A long form may carry an object identifier: 'AP214 { 1 0 10303 214 }'.
  const schema = before(first, '{').trim();
  if (!/^IFC/i.test(schema)) {
    return refused(
      'not-ifc',
      `is a STEP file, but not IFC (its schema is ${cleanText(schema, 60) || 'empty'})`,
    );
  }
  const { release, warning } = readIfcRelease(schema);
  return model(
    release === null ? 'IFC_STEP' : `IFC_STEP_${release}`,
    warning,
    more.length === 0
      ? null
      : `It names ${header.schemas.length} schemas; the first one, ${cleanText(first, 60)}, is used.`,
    header.repeated ? 'Its header has FILE_SCHEMA more than once; the first one is used.' : null,
    header.bom ? 'It begins with a byte order mark, which some services refuse.' : null,
    header.headerKeyword
      ? null
      : 'Its header does not have the keyword HEADER, and some services refuse that.',
    tail === null || hasStepEnd(tail)
      ? null
      : 'It does not end with END-ISO-10303-21, so it is probably cut off.',
  );
}

const IFC_ROOTS: ReadonlySet<string> = new Set(['ifcxml', 'iso_10303_28']);

function fromXml(head: Uint8Array): ModelType {
  let root: XmlElement | null = null;
  for (const element of xmlElements(head)) {
    root ??= element;
    if (!IFC_ROOTS.has(root.localName.toLowerCase())) return otherXml(root);
    // ifcXML 2x3 declares its namespace on the element below the root element.
    for (const namespace of [element.namespace, ...element.declared]) {
      const release = releaseOfNamespace(namespace);
      if (release === undefined) continue;
      if (release !== null) return model(`IFC_XML_${release}`);
      return unnamedRelease('ifcXML', 'IFC_XML', namespace);
    }
  }
  return root === null
    ? refused('not-a-model', 'begins like XML, but cannot be read as XML')
    : refused('unknown-release', 'is ifcXML without a namespace that shows its release', 'IFC_XML');
}

function unnamedRelease(format: string, family: string, identifier: string): RefusedModel {
  return refused(
    'unknown-release',
    `is ${format} of a release that has no schema name (${cleanText(identifier, 80)})`,
    family,
  );
}

function otherXml(root: XmlElement): ModelType {
  const { localName, namespace, declared, attributes } = root;
  if (localName === 'CityModel' && /citygml\/2\.0/i.test([namespace, ...declared].join(' '))) {
    return model('CITYGML_2_0_0');
  }
  if (localName === 'COLLADA' && attributes.get('version')?.startsWith('1.5')) return model('COLLADA_1_5');
  const family = localName === 'CityModel' ? 'CITYGML' : localName === 'COLLADA' ? localName : undefined;
  return refused(
    'not-a-model',
    `is XML, but not a model (its root element is ${cleanText(localName, 40)})`,
    family,
  );
}

function scanned(head: Uint8Array): JsonScan {
  const scan = new JsonScan();
  scan.write(head);
  if (head.byteLength < HEAD_BYTES) scan.end();
  return scan;
}

/** True once a scan has met all that `modelOfJson` needs: what comes after it changes nothing. */
export function isSettled(scan: JsonScan): boolean {
  const values = new Map(scan.strings);
  const isIfcJson = values.get('type')?.toLowerCase() === 'ifcjson' && values.has('schemaIdentifier');
  return scan.defect !== null || scan.unchecked !== null || values.has('asset.version') || isIfcJson;
}

/** The type of a JSON document, by the members near its top. */
export function modelOfJson(scan: JsonScan): DetectedModel | RefusedModel {
  if (scan.defect !== null) return refused('not-a-model', `is not readable as JSON: ${scan.defect}`);
  const values = new Map(scan.strings);
  if (values.get('asset.version') === '1.0') return model('GLTF_1_0');
  if (values.has('asset.version')) {
    return refused('not-a-model', `is glTF of a version that has no schema name`, 'GLTF');
  }
  const bimserver = scan.keys.has('header') && scan.keys.has('objects');
  if (values.get('type')?.toLowerCase() !== 'ifcjson' && !bimserver) {
    return refused('not-a-model', 'is JSON, but not ifcJSON');
  }
  const identifier = values.get('schemaIdentifier') ?? schemaInHeader(scan);
  if (identifier === undefined)
    return refused('unknown-release', 'is ifcJSON that does not say its IFC release', 'IFC_JSON');
  const { release, warning } = readIfcRelease(identifier);
  if (release !== null) return model(`IFC_JSON_${release}`, warning);
  return unnamedRelease('ifcJSON', 'IFC_JSON', identifier);
}

function schemaInHeader(scan: JsonScan): string | undefined {
  return scan.strings.find(([path, value]) => path.startsWith('header.') && /^IFC\d/i.test(value))?.[1];
}

function fromGlb(head: Uint8Array): ModelType {
  const version = head[4];
  if (version === 1 || version === 2) return model(`GLTF_BIN_${version}_0`);
  return refused('not-a-model', 'is a binary glTF file of an unknown version');
}
