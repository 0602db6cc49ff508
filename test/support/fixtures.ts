// Small valid inputs made at run time: IFC models as STEP text, BCF archives, and temporary folders.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export interface StepModelOptions {
  /** The name in FILE_SCHEMA: `IFC2X3`, `IFC4`, `IFC4X3_ADD2` … */
  schema: string;
  /** Exact length in bytes; filled up with a comment. */
  bytes?: number;
  /** GlobalIds (22 characters) of the building elements; repeat one to make a duplicate. */
  globalIds?: readonly string[];
}

/**
 * An IFC model in ISO 10303-21 clear text: header, a project with units and context, one proxy for each GlobalId.
 * @throws RangeError when `bytes` is too small for a complete model.
 */
export function stepModel({
  schema,
  bytes,
  globalIds = [globalId(1), globalId(2)],
}: StepModelOptions): Buffer {
  const proxies = globalIds.map(
    (id, index) => `#${20 + index}=IFCBUILDINGELEMENTPROXY('${id}',#5,'Element ${index + 1}',$,$,$,$,$,$);`,
  );
  const head = [
    'ISO-10303-21;',
    'HEADER;',
    "FILE_DESCRIPTION((''),'2;1');",
    "FILE_NAME('model.ifc','2024-01-01T00:00:00',(''),(''),'','','');",
    `FILE_SCHEMA(('${schema}'));`,
    'ENDSEC;',
    'DATA;',
    "#1=IFCPERSON($,'Tester',$,$,$,$,$,$);",
    "#2=IFCORGANIZATION($,'Test',$,$,$);",
    '#3=IFCPERSONANDORGANIZATION(#1,#2,$);',
    "#4=IFCAPPLICATION(#2,'1','Test','test');",
    '#5=IFCOWNERHISTORY(#3,#4,$,.ADDED.,$,$,$,1704067200);',
    '#6=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);',
    '#7=IFCUNITASSIGNMENT((#6));',
    '#8=IFCCARTESIANPOINT((0.,0.,0.));',
    '#9=IFCAXIS2PLACEMENT3D(#8,$,$);',
    "#10=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#9,$);",
    `#11=IFCPROJECT('${globalId(0)}',#5,'Project',$,$,$,$,(#10),#7);`,
    ...proxies,
    '',
  ].join('\n');
  const tail = 'ENDSEC;\nEND-ISO-10303-21;\n';
  if (bytes === undefined) return Buffer.from(head + tail);
  const free = bytes - Buffer.byteLength(head + tail);
  const emptyComment = '/**/\n';
  if (free !== 0 && free < emptyComment.length) {
    throw new RangeError(
      `a complete model of ${bytes} bytes cannot be made: ${bytes - free} or a few more are needed`,
    );
  }
  const filler = free === 0 ? '' : `/*${'.'.repeat(free - emptyComment.length)}*/\n`;
  return Buffer.from(head + filler + tail);
}

/** The n-th of a series of valid, different GlobalIds. */
export function globalId(n: number): string {
  return n.toString().padStart(22, '0');
}

export interface BcfTopic {
  title: string;
  type?: string;
  status?: string;
  comments?: readonly string[];
}

/** A BCF archive of the given version with one folder for each topic. Version 1.0 has no `bcf.version`. */
export async function bcfZip(options: {
  version: '1.0' | '2.0' | '2.1' | '3.0';
  topics: readonly BcfTopic[];
}): Promise<Buffer> {
  const zip = new ZipFile();
  const add = (name: string, text: string) =>
    zip.addBuffer(Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`), name, {
      mtime: new Date(Date.UTC(2024, 0, 1)),
    });
  const { version, topics } = options;
  if (version !== '1.0') {
    const detailed = version === '3.0' ? '' : `<DetailedVersion>${version}</DetailedVersion>`;
    add('bcf.version', `<Version VersionId="${version}">${detailed}</Version>`);
  }
  if (version === '3.0') add('extensions.xml', '<Extensions/>');
  topics.forEach((topic, index) => {
    const guid = uuid(index + 1);
    add(`${guid}/markup.bcf`, markup(version, topic, guid));
  });
  zip.end();
  return buffer(zip.outputStream);
}

/** A zip archive that holds one text and no BCF. */
export async function zipWithoutBcf(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from('fine'), 'report.txt', { mtime: new Date(Date.UTC(2024, 0, 1)) });
  zip.end();
  return buffer(zip.outputStream);
}

function markup(version: string, topic: BcfTopic, guid: string): string {
  const date = '2024-01-01T00:00:00Z';
  const comments = (topic.comments ?? []).map(
    (text, index) =>
      `<Comment Guid="${uuid(1000 + index)}">${version === '1.0' ? '<Status>Unknown</Status>' : ''}` +
      `<Date>${date}</Date><Author>tester</Author><Comment>${escapeXml(text)}</Comment></Comment>`,
  );
  const labels =
    version === '1.0'
      ? ''
      : ` TopicType="${escapeXml(topic.type ?? 'Error')}" TopicStatus="${escapeXml(topic.status ?? 'Open')}"`;
  const created =
    version === '1.0' ? '' : `<CreationDate>${date}</CreationDate><CreationAuthor>tester</CreationAuthor>`;
  const inside = version === '3.0' ? `<Comments>${comments.join('')}</Comments>` : '';
  const beside = version === '3.0' ? '' : comments.join('');
  return `<Markup><Topic Guid="${guid}"${labels}><Title>${escapeXml(topic.title)}</Title>${created}${inside}</Topic>${beside}</Markup>`;
}

function uuid(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A temporary folder that is removed with its content when it is disposed of. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** Writes a file into it and returns its full path. */
  write(name: string, data: string | Uint8Array): Promise<string>;
}

/** @example `await using dir = await tempDir();` */
export async function tempDir(): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), 'bimservice-test-'));
  return {
    path,
    async write(name, data) {
      const file = join(path, name);
      await writeFile(file, data);
      return file;
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
