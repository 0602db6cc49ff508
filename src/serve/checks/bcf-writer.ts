// Writes a BCF 2.1 archive (buildingSMART BCF-XML 2.1: version.xsd, markup.xsd, visinfo.xsd).

import { randomUUID } from 'node:crypto';
import { ZipFile } from 'yazl';
import { escapeMarkup } from '../../protocol/text/escape-markup.js';

export interface BcfTopic {
  readonly title: string;
  /** TopicType: `Error`, `Warning` … */
  readonly type: string;
  readonly description: string;
  /** GlobalIds to select in a viewer; each must be a valid one. */
  readonly globalIds: readonly string[];
}

export interface BcfOptions {
  readonly author: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** The bytes of the archive. Without topics it contains only `bcf.version`, which is a valid archive too. */
export async function writeBcf(topics: readonly BcfTopic[], options: BcfOptions): Promise<Uint8Array> {
  const zip = new ZipFile();
  const mtime = new Date(options.createdAt);
  const add = (name: string, xml: string): void => zip.addBuffer(Buffer.from(xml, 'utf8'), name, { mtime });
  add('bcf.version', VERSION);
  for (const topic of topics) {
    const guid = randomUUID();
    const viewpoint = topic.globalIds.length === 0 ? null : randomUUID();
    add(`${guid}/markup.bcf`, markup(topic, guid, viewpoint, options));
    if (viewpoint !== null) add(`${guid}/viewpoint.bcfv`, visualization(viewpoint, topic.globalIds));
  }
  zip.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

const VERSION = `${DECLARATION}
<Version VersionId="2.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="version.xsd">
  <DetailedVersion>2.1</DetailedVersion>
</Version>
`;

// The elements have the order of markup.xsd, which has only sequences.
function markup(topic: BcfTopic, guid: string, viewpoint: string | null, options: BcfOptions): string {
  const view =
    viewpoint === null
      ? ''
      : `\n  <Viewpoints Guid="${viewpoint}">\n    <Viewpoint>viewpoint.bcfv</Viewpoint>\n  </Viewpoints>`;
  return `${DECLARATION}
<Markup xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="markup.xsd">
  <Topic Guid="${guid}" TopicType="${escapeMarkup(topic.type)}" TopicStatus="Open">
    <Title>${escapeMarkup(topic.title)}</Title>
    <CreationDate>${new Date(options.createdAt).toISOString()}</CreationDate>
    <CreationAuthor>${escapeMarkup(options.author)}</CreationAuthor>
    <Description>${escapeMarkup(topic.description)}</Description>
  </Topic>${view}
</Markup>
`;
}

function visualization(guid: string, globalIds: readonly string[]): string {
  const components = globalIds.map((id) => `      <Component IfcGuid="${escapeMarkup(id)}" />`).join('\n');
  return `${DECLARATION}
<VisualizationInfo Guid="${guid}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="visinfo.xsd">
  <Components>
    <Selection>
${components}
    </Selection>
    <Visibility DefaultVisibility="true" />
  </Components>
</VisualizationInfo>
`;
}
