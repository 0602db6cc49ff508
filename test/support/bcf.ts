// Makes BCF archives for tests, from the XML of each entry.
import { crc32 } from 'node:zlib';
import { ZipFile } from 'yazl';

export interface ArchiveOptions {
  /** Written as `bcf.version`; null leaves it out. */
  version?: string | null;
  /** `folder/file`: its text or bytes. */
  entries?: Readonly<Record<string, string | Uint8Array>>;
}

/** The bytes of an archive. Entries have no directory entries, as most tools write them. */
export async function bcfArchive({ version = '2.1', entries = {} }: ArchiveOptions): Promise<Buffer> {
  const zip = new ZipFile();
  if (version !== null)
    zip.addBuffer(
      Buffer.from(`<Version VersionId="${version}"><DetailedVersion>x</DetailedVersion></Version>`),
      'bcf.version',
    );
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const pieces: Buffer[] = [];
  for await (const piece of zip.outputStream) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

export interface TopicSketch {
  guid?: string;
  title?: string | null;
  /** Attributes of the topic, for example `TopicStatus="Open"`. */
  attributes?: string;
  /** Elements of the topic after its title. */
  inside?: string;
  /** Elements after the topic. */
  beside?: string;
  /** GlobalIds that its viewpoint selects; without any there is no viewpoint. */
  selects?: readonly string[];
}

/** The entries of topics of BCF 2.1; GUIDs are `topic-1` and so on where none is given. */
export function topicEntries(...topics: readonly TopicSketch[]): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const [at, topic] of topics.entries()) {
    const guid = topic.guid ?? `topic-${at + 1}`;
    const { attributes = '', inside = '', beside = '', selects = [] } = topic;
    const title = topic.title === null ? '' : `<Title>${topic.title ?? `Title ${at + 1}`}</Title>`;
    const view =
      selects.length === 0 ? '' : '<Viewpoints Guid="v"><Viewpoint>viewpoint.bcfv</Viewpoint></Viewpoints>';
    entries[`${guid}/markup.bcf`] =
      `<?xml version="1.0" encoding="UTF-8"?><Markup><Topic Guid="${guid}" ${attributes}>${title}${inside}</Topic>${beside}${view}</Markup>`;
    if (selects.length > 0) entries[`${guid}/viewpoint.bcfv`] = selection(selects);
  }
  return entries;
}

/** A viewpoint of BCF 2.1 that selects components. */
export function selection(globalIds: readonly string[]): string {
  const components = globalIds.map((id) => `<Component IfcGuid="${id}"/>`).join('');
  return `<VisualizationInfo Guid="v"><Components><Selection>${components}</Selection></Components></VisualizationInfo>`;
}

/**
 * A Zip64 archive: so many empty entries, then `entries`. Written here, because yazl takes time that grows with the square of
 * their number.
 */
export function zip64(empty: number, entries: Readonly<Record<string, string>>): Buffer {
  const names = Array.from({ length: empty }, (_, at) => [`pictures/${at}.png`, ''] as const);
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of [...names, ...Object.entries(entries)]) {
    const [label, data] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(label.length, 22);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(offset, 10);
    bodies.push(Buffer.from('PK\x03\x04', 'latin1'), common, label, data);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, central, label);
    offset += 30 + label.length + data.length;
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0);
  const count = names.length + Object.keys(entries).length;
  const end = Buffer.alloc(98);
  end.write('PK\x06\x06', 0, 'latin1');
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(size), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.write('PK\x06\x07', 56, 'latin1');
  end.writeBigUInt64LE(BigInt(offset + size), 64);
  end.writeUInt32LE(1, 72);
  end.write('PK\x05\x06', 76, 'latin1');
  end.fill(0xff, 84, 96);
  return Buffer.concat([...bodies, ...directory, end]);
}
