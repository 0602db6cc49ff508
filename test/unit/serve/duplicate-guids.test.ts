// The service "Duplicate GlobalIds": STEP syntax in all chunk sizes, what counts as a GlobalId, and the BCF that it writes.

import fc from 'fast-check';
import sax from 'sax';
import { describe, expect, it } from 'vitest';
import { writeBcf } from '../../../src/serve/checks/bcf-writer.js';
import { duplicateGuids, type GuidReport, readGuids } from '../../../src/serve/checks/duplicate-guids.js';
import { SAMPLE_DUPLICATE, SAMPLE_MODEL } from '../../../src/serve/checks/sample-model.js';
import { readArchive } from './archive.js';

const A = '0aaaaaaaaaaaaaaaaaaaaa';
const B = '3$_bbbbbbbbbbbbbbbbbbb';

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += size) yield bytes.subarray(start, start + size);
}

const step = (data: string): string =>
  `ISO-10303-21;\nHEADER;FILE_SCHEMA(('IFC4'));ENDSEC;\nDATA;\n${data}\nENDSEC;\nEND-ISO-10303-21;\n`;

const idle = new AbortController().signal;
const read = (text: string, size = 7): Promise<GuidReport> =>
  readGuids(chunks(Buffer.from(text, 'latin1'), size), idle);

function shown(findings: GuidReport['duplicates']): Record<string, string> {
  return Object.fromEntries([...findings].map(([id, { named }]) => [id, named.join(', ')]));
}

describe('STEP syntax', () => {
  it.each<[string, string]>([
    ['blanks and line ends anywhere', `#1 =\r\n IfcWall ( '${A}' ,\n $ , $ ) ;#2=IFCDOOR('${A}',#9,$);`],
    [
      'comments anywhere',
      `/*#7=IFCWALL('${A}',$*/#1=/* ' ; */IFCWALL(/**/'${A}'/***/,/* */$);#2=IFCDOOR('${A}',#9);`,
    ],
    [
      'a line end inside the string',
      `#1=IFCWALL('${A.slice(0, 9)}\r\n${A.slice(9)}',$);#2=IFCDOOR('${A}',$);`,
    ],
    [
      'quotes, semicolons and comments in strings',
      `#1=IFCWALL('${A}',$,'it''s; /* #5=X(''','x');#2=IFCDOOR('${A}',$);`,
    ],
    [String.raw`the page escape \S\'`, String.raw`#1=IFCWALL('${A}',$,'a\S\'b;','c');#2=IFCDOOR('${A}',$);`],
    ["a backslash at a string's end", String.raw`#1=IFCWALL('${A}',$,'C:\dir\');#2=IFCDOOR('${A}',$);`],
    [
      String.raw`an escaped backslash before S\ `,
      String.raw`#1=IFCWALL('${A}',$,'C:\\S\\');#2=IFCDOOR('${A}',$);`,
    ],
    [
      String.raw`bytes over 0x7f and \X2\ `,
      `#1=IFCWALL('${A}',$,'\xe9\\X2\\00E9\\X0\\');#2=IFCDOOR('${A}',$);`,
    ],
    ['several types at once', `#3=(IFCA('${A}',$)IFCB());#1=IFCWALL('${A}',$);#2=IFCDOOR('${A}',$);`],
    ['no first attribute', `#3=IFCX();#4=IFCY(*,'${A}');#1=IFCWALL('${A}',$);#2=IFCDOOR('${A}',$);`],
  ])('%s, in chunks of every size', async (_title, data) => {
    for (const size of [1, 2, 3, 5, 8, 4096]) {
      const report = await read(step(data), size);
      expect(shown(report.duplicates)).toEqual({ [A]: '#1 IFCWALL, #2 IFCDOOR' });
      expect(report).toMatchObject({ rooted: 2, whole: true });
      expect(report.invalid.size).toBe(0);
    }
  });

  it('makes the same report for all chunk sizes', async () => {
    const text = step(
      `#1=IFCWALL('${A}',$,'\\S\\'/*');#2=IFCDOOR('${B}',#3,'''');/* ' */#4=IFCSLAB('${A}',$);`,
    );
    const whole = await read(text, text.length);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: text.length })), async (cuts) => {
        const ends = [...cuts, text.length].sort((a, b) => a - b);
        async function* pieces(): AsyncGenerator<Uint8Array> {
          let from = 0;
          for (const end of ends) {
            yield Buffer.from(text.slice(from, end), 'latin1');
            from = end;
          }
        }
        expect(await readGuids(pieces(), idle)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('a byte order mark and a comment before the header', async () => {
    const report = await read(`\xef\xbb\xbf /* x */ ${step(`#1=IFCWALL('${A}',$);`)}`);
    expect(report).toMatchObject({ rooted: 1, whole: true });
  });

  it.each(['', '<html>;</html>', '{"a":1}', 'PK\x03\x04;', 'HEADER;DATA;'])('refuses %j', async (text) => {
    await expect(read(text)).rejects.toMatchObject({ name: 'ServiceError', code: 1 });
  });

  it('stops reading a model that is no STEP file', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      while (true) {
        asked += 1;
        yield Buffer.from('<p>;');
      }
    }
    await expect(readGuids(endless(), idle)).rejects.toThrow('not an IFC STEP file');
    expect(asked).toBe(1);
  });

  it('stops when it is aborted', async () => {
    const reading = readGuids(chunks(Buffer.from(SAMPLE_MODEL), 10), AbortSignal.abort(new Error('gone')));
    await expect(reading).rejects.toThrow('gone');
  });
});

describe('what counts', () => {
  it('names every object of a GlobalId, the first twenty by name', async () => {
    const walls = Array.from({ length: 25 }, (_, index) => `#${index + 1}=IFCWALL('${A}',$);`).join('');
    const { duplicates } = await read(step(walls), 4096);
    expect(duplicates.get(A)?.count).toBe(25);
    expect(duplicates.get(A)?.named).toHaveLength(20);
  });

  it.each([
    ['a first character over 3', '4aaaaaaaaaaaaaaaaaaaaa', 1],
    ['another character', '0aaaaaaaaaa-aaaaaaaaaa', 1],
    ['a valid one', B, 0],
    ['another length', '4aaaaaaaaaaaaaaaaaaaa', 0],
  ])('invalid: %s', async (_title, globalId, count) => {
    const { invalid } = await read(step(`#1=IFCWALL('${globalId}',$,$);`));
    expect(invalid.size).toBe(count);
  });

  it.each([
    `#1=IFCPROPERTYSINGLEVALUE('${A}',$,$,$);#2=IFCPROPERTYSINGLEVALUE('${A}',$,$,$);`,
    `#1=IFCMATERIAL('${A}',$,$);#2=IFCMATERIAL('${A}',$,$);`,
    `#1=IFCX('${A}','name');#2=IFCX('${A}',.TRUE.);`,
    `#1=IFCX('${A}');#2=IFCX('${A}');`,
    `#1=IFCX(('${A}'),$);#2=IFCX(('${A}'),$);`,
  ])('a name of 22 characters is no GlobalId: %s', async (data) => {
    expect(await read(step(data))).toMatchObject({ rooted: 0 });
  });
});

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** Elements in the order of their start; throws when the XML is not well-formed. */
function parseXml(xml: string): Element[] {
  const parser = sax.parser(true);
  const elements: Element[] = [];
  const open: Element[] = [];
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = ({ name, attributes }) => {
    const texts = Object.entries(attributes).map(([key, value]) => [key, String(value)]);
    const element = { name, attributes: Object.fromEntries(texts), text: '' };
    elements.push(element);
    open.push(element);
  };
  parser.ontext = (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.onclosetag = () => open.pop();
  parser.write(xml).close();
  return elements;
}

const run = async (text: string): Promise<Map<string, string>> => {
  const result = await duplicateGuids.run(chunks(Buffer.from(text, 'latin1'), 4096), {
    signal: idle,
    inputType: null,
    runId: 'run',
    modelPath: '',
    folder: '',
    progress: () => {},
    now: () => Date.UTC(2024, 0, 2, 3, 4, 5),
  });
  if (!(result.body instanceof Uint8Array)) throw new Error('not in memory');
  return readArchive(result.body);
};

function find(files: Map<string, string>, ending: string): string[] {
  return [...files].filter(([name]) => name.endsWith(ending)).map(([, xml]) => xml);
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('the BCF 2.1 archive', () => {
  it('of the sample has one topic, by the sequence of markup.xsd', async () => {
    const files = await run(SAMPLE_MODEL);
    expect(files.size).toBe(3);
    const [version] = parseXml(files.get('bcf.version') ?? '');
    expect(version).toMatchObject({ name: 'Version', attributes: { VersionId: '2.1' } });
    const markup = parseXml(find(files, '/markup.bcf')[0] ?? '');
    expect(markup.map(({ name }) => name)).toEqual([
      'Markup',
      'Topic',
      'Title',
      'CreationDate',
      'CreationAuthor',
      'Description',
      'Viewpoints',
      'Viewpoint',
    ]);
    const [, topic, title, date, author, description, , viewpoint] = markup;
    expect(topic?.attributes).toMatchObject({ TopicType: 'Error', TopicStatus: 'Open' });
    expect(topic?.attributes.Guid).toMatch(GUID);
    expect([...files.keys()]).toContain(`${topic?.attributes.Guid}/${viewpoint?.text}`);
    expect(title?.text).toBe(`Duplicate GlobalId ${SAMPLE_DUPLICATE}`);
    expect([date?.text, author?.text]).toEqual(['2024-01-02T03:04:05.000Z', 'bimservice']);
    expect(description?.text).toContain('#40 IFCWALL, #50 IFCWALL');
    const view = parseXml(find(files, '.bcfv')[0] ?? '');
    expect(view.find(({ name }) => name === 'Component')?.attributes).toEqual({ IfcGuid: SAMPLE_DUPLICATE });
  });

  it('of a model without faults holds bcf.version and no topic', async () => {
    const files = await run(step(`#1=IFCWALL('${A}',$);#2=IFCWALL('${B}',$);`));
    expect([...files.keys()]).toEqual(['bcf.version']);
  });

  it('stays well-formed with any text in the place of a GlobalId', async () => {
    const nasty = [
      "<a&b>''\"]]>\x01\x7f\xe9 \\X2\\00",
      '<?xml version="1.0"?>',
      '<!-- -- \x00\x0c\xff ------',
    ];
    const data = nasty
      .map((text, index) => `#${index}=IFCWALL('${text.padEnd(22).slice(0, 23)}',$);`)
      .join('');
    const files = await run(step(data));
    const markups = find(files, '/markup.bcf').map(parseXml);
    expect(markups.length).toBeGreaterThan(0);
    for (const [root, topic] of markups) {
      expect([root?.name, topic?.name]).toEqual(['Markup', 'Topic']);
    }
  });

  it('escapes any text, and marks what XML cannot hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (title) => {
        const topic = { title, type: title, description: title, globalIds: [] };
        const files = await readArchive(await writeBcf([topic], { author: title, createdAt: 0 }));
        const elements = parseXml(find(files, '/markup.bcf')[0] ?? '');
        expect(elements.map(({ name }) => name).slice(0, 3)).toEqual(['Markup', 'Topic', 'Title']);
        expect(find(files, '/markup.bcf')[0]).not.toMatch(
          /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('says when the model is cut short', async () => {
    const files = await run(SAMPLE_MODEL.slice(0, -30));
    const titles = find(files, '/markup.bcf').map((xml) => parseXml(xml)[2]?.text);
    expect(titles).toEqual(['The model is cut short', `Duplicate GlobalId ${SAMPLE_DUPLICATE}`]);
  });

  it('has 500 topics at most, and says how many findings are left out', async () => {
    const id = (index: number): string => `0${String(index).padStart(21, '0')}`;
    const walls = Array.from(
      { length: 1200 },
      (_, index) => `#${index + 1}=IFCWALL('${id(index % 600)}',$);`,
    );
    const titles = find(await run(step(walls.join(''))), '/markup.bcf').map((xml) => parseXml(xml)[2]?.text);
    expect(titles).toHaveLength(500);
    expect(titles).toContain('101 more findings');
  });
});
