// BCF archives as tools write them: what becomes of each oddity, and of each attack.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBcf } from '../../../src/io/bcf/open-bcf.js';
import type { BcfDocument, BcfTopic } from '../../../src/protocol/bcf/topic.js';
import {
  type ArchiveOptions,
  bcfArchive,
  selection,
  type TopicSketch,
  topicEntries,
  zip64,
} from '../../support/bcf.js';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bcf-'));
});
afterAll(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();

async function readBytes(bytes: Uint8Array): Promise<BcfDocument> {
  const path = join(folder, `${++count}.bcf`);
  await writeFile(path, bytes);
  return readBcf(path, signal, 'r.bcf');
}

const read = async (options: ArchiveOptions): Promise<BcfDocument> => readBytes(await bcfArchive(options));

/** The only topic of an archive that has no problem. */
async function only(options: ArchiveOptions): Promise<BcfTopic & { warnings: string[] }> {
  const { topics, problems, warnings } = await read(options);
  expect(problems).toEqual([]);
  expect(topics).toHaveLength(1);
  const [topic] = topics;
  if (topic === undefined) throw new Error('no topic');
  return { ...topic, warnings };
}

const one = (sketch: TopicSketch, version = '2.1') => only({ version, entries: topicEntries(sketch) });

describe('a topic of each version', () => {
  it('1.0: the state is in the last comment, and the viewpoint has a fixed name', async () => {
    const comment = (date: string, verbal: string, status: string) =>
      `<Comment Guid="c"><VerbalStatus>${verbal}</VerbalStatus><Status>${status}</Status><Date>${date}</Date><Author>a</Author><Comment>t</Comment></Comment>`;
    const entries = {
      ...topicEntries({
        guid: 'T',
        beside:
          comment('2012-02-02T00:00:00Z', 'Closed', 'Info') +
          comment('2012-01-01T00:00:00Z', 'Open', 'Error'),
      }),
      'T/viewpoint.bcfv':
        '<VisualizationInfo><Components><Component IfcGuid="A"/><Component IfcGuid="B"/><Component IfcGuid="A"/></Components></VisualizationInfo>',
      'T/snapshot.png': 'p',
    };
    const topic = await only({ version: null, entries });
    expect(topic).toMatchObject({ status: 'Closed', type: 'Info', globalIds: ['A', 'B'] });
    expect(topic.viewpoints).toMatchObject([{ entry: 'T/viewpoint.bcfv', snapshot: 'T/snapshot.png' }]);
  });

  it('2.0: the status of the topic wins over that of comments; Selected says what is selected', async () => {
    const entries = {
      ...topicEntries({
        guid: 'T',
        attributes: 'TopicStatus="Open" TopicType="Request"',
        beside:
          '<Comment Guid="c"><VerbalStatus>Closed</VerbalStatus><Status>Error</Status><Date>2014-10-16T13:21:08</Date></Comment><Viewpoints Guid="v"><Viewpoint>v.bcfv</Viewpoint></Viewpoints>',
      }),
      'T/v.bcfv':
        '<VisualizationInfo><Components><Component IfcGuid="A" Selected="false" Visible="true"/><Component IfcGuid="B" Selected="true"/></Components></VisualizationInfo>',
    };
    const topic = await only({ version: '2.0', entries });
    expect(topic).toMatchObject({ status: 'Open', type: 'Request', globalIds: ['B'] });
    expect(topic.comments).toMatchObject([{ verbalStatus: 'Closed', date: '2014-10-16T13:21:08.000Z' }]);
  });

  it('2.1: everything a topic can say', async () => {
    const topic = await one({
      attributes: 'TopicStatus="Open" TopicType="Structural"',
      inside:
        '<ReferenceLink>https://a.example</ReferenceLink><Priority>High</Priority><Labels>A</Labels><Labels>B &amp; C</Labels><CreationDate>2015-06-21T12:00:00Z</CreationDate><CreationAuthor>x@y.example</CreationAuthor><ModifiedDate>2015-06-22T12:00:00.5Z</ModifiedDate><ModifiedAuthor>m</ModifiedAuthor><DueDate>2021-06-21T00:00:00+02:00</DueDate><AssignedTo>z</AssignedTo><Stage>S</Stage><Description>one\ntwo</Description><RelatedTopic Guid="R"/>',
      beside:
        '<Comment Guid="c"><Date>2015-08-31T12:40:17Z</Date><Author>w</Author><Comment>text</Comment><Viewpoint Guid="v"/></Comment>',
      selects: ['A', 'B'],
    });
    expect(topic).toMatchObject({
      title: 'Title 1',
      status: 'Open',
      type: 'Structural',
      priority: 'High',
      labels: ['A', 'B & C'],
      createdAt: '2015-06-21T12:00:00.000Z',
      author: 'x@y.example',
      modifiedAt: '2015-06-22T12:00:00.500Z',
      dueDate: '2021-06-21',
      assignedTo: 'z',
      stage: 'S',
      description: 'one\ntwo',
      referenceLinks: ['https://a.example'],
      relatedTopics: ['R'],
      comments: [{ text: 'text', author: 'w', viewpoint: 'v' }],
      globalIds: ['A', 'B'],
      warnings: [],
    });
  });

  it('3.0: lists are in wrappers, comments and viewpoints are inside the topic', async () => {
    const entries = {
      ...topicEntries({
        guid: 'T',
        inside:
          '<ReferenceLinks><ReferenceLink>l</ReferenceLink></ReferenceLinks><Labels><Label>A</Label><Label>B</Label></Labels><RelatedTopics><RelatedTopic Guid="R"/></RelatedTopics><Comments><Comment Guid="c"><Date>2020-01-01T00:00:00Z</Date><Viewpoint Guid="v"/></Comment></Comments><Viewpoints><ViewPoint Guid="v"><Viewpoint>a.bcfv</Viewpoint><Snapshot>a.png</Snapshot></ViewPoint></Viewpoints>',
      }),
      'T/a.bcfv': selection(['A']),
      'T/a.png': 'p',
    };
    const topic = await only({ version: '3.0', entries });
    expect(topic).toMatchObject({
      labels: ['A', 'B'],
      relatedTopics: ['R'],
      referenceLinks: ['l'],
      globalIds: ['A'],
    });
    expect(topic.comments).toMatchObject([{ text: null, viewpoint: 'v' }]);
    expect(topic.viewpoints).toEqual([
      { guid: 'v', entry: 'T/a.bcfv', snapshot: 'T/a.png', globalIds: ['A'] },
    ]);
  });
});

describe('oddities', () => {
  it.each([
    ['2014-02-25T11:50:32', '2014-02-25T11:50:32.000Z'],
    ['2014-02-25T11:50:32+0200', '2014-02-25T09:50:32.000Z'],
    ['2014-02-25T11:50:32-05:30', '2014-02-25T17:20:32.000Z'],
    ['2017-05-22T07:51:00.0429879Z', '2017-05-22T07:51:00.042Z'],
    ['2014-02-25', '2014-02-25T00:00:00.000Z'],
    ['0001-01-01T00:00:00', '0001-01-01T00:00:00.000Z'],
    ['2014-02-30T11:50:32', null],
    ['yesterday', null],
  ])('the date %s is %s', async (text, date) => {
    const topic = await one({ inside: `<CreationDate>${text}</CreationDate>` });
    expect(topic.createdAt).toBe(date);
    expect(topic.warnings).toEqual(date === null ? ['topic-1/markup.bcf: the CreationDate is no date'] : []);
  });

  it('a due date keeps its day in any zone', async () => {
    expect(await one({ inside: '<DueDate>2021-06-21T00:00:00+02:00</DueDate>' })).toMatchObject({
      dueDate: '2021-06-21',
    });
  });

  it('without a date there is none; without a title the topic is kept', async () => {
    const topic = await one({ title: null });
    expect(topic).toMatchObject({ createdAt: null, title: null, status: null, priority: null });
    expect(topic.warnings).toEqual(['topic-1/markup.bcf: the topic has no title']);
  });

  it('an empty status is empty and not absent', async () => {
    expect(await one({ attributes: 'TopicStatus="" TopicType=""' })).toMatchObject({ status: '', type: '' });
  });

  it('the GUID of the topic counts, not that of its folder', async () => {
    const [markup = ''] = Object.values(topicEntries({ guid: 'real' }));
    const topic = await only({ entries: { 'other/markup.bcf': markup } });
    expect(topic.guid).toBe('real');
    expect(topic.warnings).toEqual(['other/markup.bcf: the topic has the GUID real, not that of its folder']);
  });

  it('a topic without a GUID has that of its folder', async () => {
    const topic = await only({
      entries: { 'F/markup.bcf': '<Markup><Topic><Title>t</Title></Topic></Markup>' },
    });
    expect(topic).toMatchObject({
      guid: 'F',
      warnings: ['F/markup.bcf: the topic has no GUID; the name of its folder is used'],
    });
  });

  it('a comment of 2.1 with a VerbalStatus is read, and is not the status of the topic', async () => {
    const topic = await one({
      beside: '<Comment Guid="c"><VerbalStatus>Closed</VerbalStatus><Comment>t</Comment></Comment>',
    });
    expect(topic.comments).toMatchObject([{ verbalStatus: 'Closed', text: 't' }]);
    expect(topic.status).toBeNull();
  });

  it('1.0: where a comment has no date, the last one in the file says the state', async () => {
    const comment = (date: string, verbal: string) =>
      `<Comment Guid="c"><VerbalStatus>${verbal}</VerbalStatus>${date}<Comment>t</Comment></Comment>`;
    const beside = comment('<Date>2012-02-02T00:00:00Z</Date>', 'Open') + comment('', 'Closed');
    const topic = await only({ version: null, entries: topicEntries({ guid: 'T', beside }) });
    expect(topic.status).toBe('Closed');
  });

  it('a snapshot and a viewpoint that are named and absent are warnings', async () => {
    const topic = await one({
      beside: '<Viewpoints Guid="v"><Viewpoint>V.bcfv</Viewpoint><Snapshot>s.png</Snapshot></Viewpoints>',
    });
    expect(topic.viewpoints).toEqual([{ guid: 'v', entry: null, snapshot: null, globalIds: [] }]);
    expect(topic.warnings).toEqual([
      'topic-1: the viewpoint V.bcfv is not in the archive',
      'topic-1: the snapshot s.png is not in the archive',
    ]);
  });

  it('the reference names the viewpoint, in any case and with any slash', async () => {
    const topic = await only({
      entries: {
        ...topicEntries({
          guid: 'T',
          beside: '<Viewpoints Guid="v"><Viewpoint>.\\viewpoint_A.BCFV</Viewpoint></Viewpoints>',
        }),
        'T/Viewpoint_a.bcfv': selection(['A']),
        'T/Viewpoint_b.bcfv': selection(['B']),
      },
    });
    expect(topic.globalIds).toEqual(['A']);
  });

  it('a viewpoint without a camera gives its selection; visible and colored components are passed over', async () => {
    const many = Array.from({ length: 70_000 }, (_, at) => `<Component IfcGuid="${at}"/>`).join('');
    const topic = await only({
      entries: {
        ...topicEntries({ guid: 'T', selects: ['A'] }),
        'T/viewpoint.bcfv': `<VisualizationInfo><Components><Selection><Component IfcGuid="A"/></Selection><Visibility DefaultVisibility="false"><Exceptions>${many}</Exceptions></Visibility><Coloring><Color Color="FF0000"><Component IfcGuid="C"/></Color></Coloring></Components></VisualizationInfo>`,
      },
    });
    expect(topic.globalIds).toEqual(['A']);
  });

  it.each([
    ['utf-16le', Buffer.from(`\ufeff${Object.values(topicEntries({ title: 'Wände' }))[0]}`, 'utf16le')],
    [
      'windows-1252',
      Buffer.from(
        '<?xml version="1.0" encoding="windows-1252"?><Markup><Topic Guid="topic-1"><Title>Wände</Title></Topic></Markup>',
        'latin1',
      ),
    ],
    [
      'a namespace prefix',
      Buffer.from(
        '<b:Markup xmlns:b="urn:b"><b:Topic Guid="topic-1"><b:Title>Wände</b:Title></b:Topic></b:Markup>',
      ),
    ],
    ['CDATA', Buffer.from('<Markup><Topic Guid="topic-1"><Title><![CDATA[Wä]]>nde</Title></Topic></Markup>')],
  ])('%s is read', async (_, bytes) => {
    expect(await only({ entries: { 'topic-1/markup.bcf': bytes } })).toMatchObject({ title: 'Wände' });
  });

  it('what says that it is UTF-8 and is not, is read as Windows-1252, with a warning', async () => {
    const text =
      '<?xml version="1.0" encoding="UTF-8"?><Markup><Topic Guid="topic-1"><Title>Wände</Title></Topic></Markup>';
    const { topics, warnings } = await read({
      entries: { 'topic-1/markup.bcf': Buffer.from(text, 'latin1') },
    });
    expect(topics).toMatchObject([{ title: 'Wände' }]);
    expect(warnings).toEqual(['topic-1/markup.bcf is not UTF-8 as it says; it was read as Windows-1252']);
  });

  it('everything inside one folder, with the files that macOS adds', async () => {
    const entries = Object.fromEntries(
      Object.entries(topicEntries({ guid: 'T' })).map(([name, xml]) => [`out/${name}`, xml]),
    );
    const topic = await only({
      version: null,
      entries: {
        ...entries,
        'out/bcf.version': '<Version VersionId="2.1"/>',
        '__MACOSX/out/T/._markup.bcf': 'x',
        'out/T/._markup.bcf': 'x',
      },
    });
    expect(topic.entry).toBe('out/T/markup.bcf');
  });

  it('more than 65,535 entries (Zip64) without directory entries', async () => {
    const { topics } = await readBytes(zip64(65_600, topicEntries({ guid: 'T', selects: ['A'] })));
    expect(topics).toMatchObject([{ guid: 'T', globalIds: ['A'] }]);
  });
});

describe('problems name the entry, and the other topics are there', () => {
  const good = topicEntries({ guid: 'good' });
  const cases: [string, Record<string, string>, string, string][] = [
    [
      'broken XML',
      { 'bad/markup.bcf': '<Markup><Topic Guid="bad"><Title>x</Topic></Markup>' },
      'bad/markup.bcf',
      'is no whole XML: Unexpected close tag (line 1)',
    ],
    [
      'cut off',
      { 'bad/markup.bcf': '<Markup>\n<Topic Guid="bad">' },
      'bad/markup.bcf',
      'is no whole XML: Unclosed root tag (line 2)',
    ],
    ['empty', { 'bad/markup.bcf': '' }, 'bad/markup.bcf', 'is empty'],
    [
      'no XML',
      { 'bad/markup.bcf': 'hello' },
      'bad/markup.bcf',
      'is no whole XML: Non-whitespace before first tag. (line 1)',
    ],
    [
      'another root',
      { 'bad/markup.bcf': '<html/>' },
      'bad/markup.bcf',
      'is no BCF markup: its root is not "Markup"',
    ],
    ['no topic', { 'bad/markup.bcf': '<Markup/>' }, 'bad/markup.bcf', 'holds no topic'],
    [
      'two topics in a markup',
      { 'bad/markup.bcf': '<Markup><Topic Guid="bad"/><Topic Guid="b"/></Markup>' },
      'bad/markup.bcf',
      'holds more than one topic',
    ],
    [
      'a GUID twice, in another case',
      { 'bad/markup.bcf': '<Markup><Topic Guid="GOOD"/></Markup>' },
      'bad/markup.bcf',
      'has the same GUID as good/markup.bcf; only that topic counts',
    ],
    [
      'an entity',
      {
        'bad/markup.bcf':
          '<!DOCTYPE Markup [<!ENTITY a "b"><!ENTITY x SYSTEM "file:///etc/passwd">]><Markup><Topic Guid="bad"><Title>&x;</Title></Topic></Markup>',
      },
      'bad/markup.bcf',
      'is no whole XML: Invalid character entity (line 1)',
    ],
    [
      'too deep',
      { 'bad/markup.bcf': `<Markup>${'<a>'.repeat(100)}` },
      'bad/markup.bcf',
      'nests more than 64 elements',
    ],
    [
      'too many attributes',
      { 'bad/markup.bcf': `<Markup ${Array.from({ length: 200 }, (_, at) => `a${at}="1"`).join(' ')}/>` },
      'bad/markup.bcf',
      'has an element with more than 100 attributes',
    ],
    [
      'an unknown encoding',
      { 'bad/markup.bcf': '<?xml version="1.0" encoding="klingon"?><Markup/>' },
      'bad/markup.bcf',
      'has the unknown encoding klingon',
    ],
    [
      'a long text',
      {
        'bad/markup.bcf': `<Markup><Topic Guid="bad"><Title>${'x'.repeat(1_100_000)}</Title></Topic></Markup>`,
      },
      'bad/markup.bcf',
      'has a text of more than 1048576 characters',
    ],
    ['a viewpoint alone', { 'bad/v.bcfv': selection(['A']) }, 'bad/', 'has a viewpoint, but no markup.bcf'],
  ];
  it.each(cases)('%s', async (_, entries, entry, message) => {
    const { topics, problems } = await read({
      entries: { ...good, ...entries, ...topicEntries({ guid: 'last' }) },
    });
    expect(problems).toEqual([{ entry, message }]);
    expect(topics.map(({ guid }) => guid)).toEqual(['good', 'last']);
  });

  it('a broken viewpoint is a problem, and its topic is there', async () => {
    const entries = {
      ...topicEntries({ guid: 'T', selects: ['A'] }),
      'T/viewpoint.bcfv': '<VisualizationInfo>',
    };
    const { topics, problems } = await read({ entries });
    expect(problems).toMatchObject([{ entry: 'T/viewpoint.bcfv' }]);
    expect(topics).toMatchObject([{ guid: 'T', globalIds: [] }]);
  });

  it('names that lead out of the archive', async () => {
    // yazl refuses such names, so one of the same length is renamed in the bytes.
    const bytes = await bcfArchive({
      entries: { ...good, 'xx/yy/evil.txt': 'x', 'ww/bad/markup.bcf': '<Markup/>' },
    });
    const renamed = bytes
      .toString('latin1')
      .replaceAll('xx/yy/evil', '../../evil')
      .replaceAll('ww/bad/', '../bad/');
    const { topics, problems } = await readBytes(Buffer.from(renamed, 'latin1'));
    const message = 'has a name that leads out of the archive; it was not read';
    expect(problems).toEqual([
      { entry: '../../evil.txt', message },
      { entry: '../bad/markup.bcf', message },
    ]);
    expect(topics).toMatchObject([{ guid: 'good' }]);
  });

  it('an entry that unpacks to more than the directory says, and one that is too large', async () => {
    const bytes = await bcfArchive({
      entries: { ...good, 'bad/markup.bcf': `<Markup>${' '.repeat(100_000)}</Markup>` },
    });
    const size = (value: number) => {
      const at = bytes.lastIndexOf('bad/markup.bcf') - 46 + 24;
      const lying = Buffer.from(bytes);
      lying.writeUInt32LE(value, at);
      return readBytes(lying);
    };
    const small = await size(1000);
    expect(small.problems).toMatchObject([
      { entry: 'bad/markup.bcf', message: expect.stringMatching(/^is a damaged zip archive/) },
    ]);
    expect(small.topics).toHaveLength(1);
    const large = await size(200 * 1024 * 1024);
    expect(large.problems).toEqual([{ entry: 'bad/markup.bcf', message: 'is larger than 64.0 MiB' }]);
  });
});

describe('what is no archive of BCF', () => {
  it('a damaged archive', async () => {
    const bytes = await bcfArchive({ entries: topicEntries({}) });
    await expect(readBytes(bytes.subarray(0, 300))).rejects.toMatchObject({
      code: 'result-incomplete',
      message: 'r.bcf is a zip archive without a central directory: it is cut off',
    });
  });

  it('another zip archive', async () => {
    await expect(read({ version: null, entries: { 'a.txt': 'a' } })).rejects.toMatchObject({
      code: 'result-unexpected',
      message: 'r.bcf is a zip archive without BCF in it',
    });
  });

  it('no file', async () => {
    await expect(readBcf(join(folder, 'none.bcf'), signal, 'none.bcf')).rejects.toMatchObject({
      code: 'result-unreadable',
      message: 'none.bcf cannot be read (no such file or folder, ENOENT)',
    });
  });

  it('a folder', async () => {
    await expect(readBcf(folder, signal, 'here')).rejects.toMatchObject({
      code: 'result-unreadable',
      message: 'here cannot be read (it is a folder, EISDIR)',
    });
  });

  it('an archive with no topics is BCF', async () => {
    expect(await read({})).toEqual({ version: '2.1', topics: [], problems: [], warnings: [] });
  });
});

it('elements with the names of members of every object are no fields', async () => {
  const beside =
    '<Comment Guid="c"><constructor>x</constructor><toString>y</toString><Comment>t</Comment></Comment>';
  const { comments } = await one({ beside });
  expect(Object.keys(comments[0] ?? {}).toSorted()).toEqual([
    'author',
    'date',
    'guid',
    'modifiedAt',
    'modifiedBy',
    'status',
    'text',
    'verbalStatus',
    'viewpoint',
  ]);
});
