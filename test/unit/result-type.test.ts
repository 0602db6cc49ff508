import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { inspectResult } from '../../src/io/result/inspect-result.js';
import { judgeClaim, schemaClaim } from '../../src/protocol/content/claims.js';
import { kindOf } from '../../src/protocol/content/content-kind.js';
import { describe as describeContent } from '../../src/protocol/content/result-type.js';
import { recognizeZip } from '../../src/protocol/content/zip-content.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const versionFile = (id: string) => `\ufeff<?xml version="1.0"?><!-- V1.1.0 --><Version VersionId="${id}"/>`;

async function zip(entries: Record<string, string>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, text] of Object.entries(entries)) archive.addBuffer(Buffer.from(text), name);
  archive.end();
  return buffer(archive.outputStream);
}

describe('kindOf', () => {
  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a zip archive', latin1('PK\x03\x04'), 'zip'],
    ['an empty zip archive', latin1('PK\x05\x06'), 'zip'],
    ['gzip', latin1('\x1f\x8b\x08'), 'gzip'],
    ['an object', latin1(' \n{ "a": 1 }'), 'json'],
    ['an object with a mark', Buffer.from('\ufeff{}'), 'json'],
    ['a broken object', latin1('{"a": <html>'), 'json'],
    ['an array', latin1('[1, 2]'), 'json'],
    ['a log with a level', latin1('[INFO] started'), 'text'],
    ['a log with a date', latin1('[2024-01-01 12:00] started'), 'text'],
    ['a set in braces', latin1('{a, b}'), 'text'],
    ['HTML', latin1('<!DOCTYPE html>'), 'html'],
    ['XHTML', latin1('<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'), 'html'],
    ['XML', latin1('<?xml version="1.0"?>\n<report/>'), 'xml'],
    ['STEP', latin1('/* x */ iso-10303-21;'), 'step'],
    ['binary glTF', latin1('glTF\x02\0\0\0'), 'glb'],
    ['OLE', latin1('\xd0\xcf\x11\xe0\xa1\xb1'), 'ole'],
    ['latin-1 text', latin1('M\xf6bel: 3 < 4'), 'text'],
    ['text with tabs and colors', latin1('a\tb\r\n\x1b[31mred\x1b[0m'), 'text'],
    ['a picture', latin1('\x89PNG\r\n\x1a\n\0\0'), 'binary'],
  ])('%s', (_, bytes, kind) => {
    expect(kindOf(bytes)).toBe(kind);
  });
});

describe('recognizeZip', () => {
  it.each<[string, string[], string, { schema: string | null; bcfVersion: string | null; office?: string }]>([
    [
      'BCF 2.1, version last',
      ['a/markup.bcf', 'bcf.version'],
      '2.1',
      { schema: 'BCF_ZIP_2_1', bcfVersion: '2.1' },
    ],
    ['2.0 RC', ['bcf.version', 'a/markup.bcf'], '2.0 RC', { schema: 'BCF_ZIP_2_0', bcfVersion: '2.0' }],
    ['3.0', ['bcf.version', 'extensions.xml'], '3.0', { schema: 'BCF_ZIP_3_0', bcfVersion: '3.0' }],
    ['a version to come', ['bcf.version'], '9.9', { schema: 'BCF_ZIP_9_9', bcfVersion: '9.9' }],
    ['no version file', ['a/MARKUP.BCF', 'a/snapshot.png'], '', { schema: 'BCF_ZIP_1_0', bcfVersion: '1.0' }],
    ['an unreadable version', ['bcf.version', 'a/markup.bcf'], 'x', { schema: 'BCF_ZIP', bcfVersion: null }],
    ['JSON files', ['report.json', 'b.xml'], '', { schema: null, bcfVersion: null }],
    ['wrapped', ['Out/BCF.version', 'Out/a/markup.bcf'], '2.1', { schema: 'BCF_ZIP_2_1', bcfVersion: '2.1' }],
    [
      'a version file far from any topic',
      ['x/bcf.version', 'x/a/viewpoint.bcfv'],
      '2.1',
      { schema: null, bcfVersion: null },
    ],
    [
      'what macOS leaves',
      ['__MACOSX/a/markup.bcf', 'x/.DS_Store', 'x/'],
      '',
      { schema: null, bcfVersion: null },
    ],
    [
      'BCF with a model in it',
      ['bcf.version', 'house.ifc', 'a/markup.bcf'],
      '2.1',
      { schema: 'BCF_ZIP_2_1', bcfVersion: '2.1' },
    ],
    [
      'a workbook',
      ['[Content_Types].xml', 'xl/workbook.xml'],
      '',
      { schema: 'VALIDATION_XLSX_1_0', bcfVersion: null },
    ],
    [
      'a letter',
      ['[Content_Types].xml', 'word/document.xml'],
      '',
      { schema: null, bcfVersion: null, office: 'docx' },
    ],
    ['KMZ', ['doc.kml', 'models/a.dae'], '', { schema: 'KMZ_2_2_0', bcfVersion: null }],
    ['a model', ['house.IFC'], '', { schema: 'IFCZIP', bcfVersion: null }],
    ['nothing', [], '', { schema: null, bcfVersion: null }],
  ])('%s', async (_, names, version, content) => {
    const readText = async (name: string) => {
      expect(name.toLowerCase()).toMatch(/^(?:out\/)?bcf\.version$/);
      return versionFile(version);
    };
    expect(await recognizeZip(names, readText)).toEqual({ office: null, ...content });
  });
});

describe('a content and a schema name', () => {
  it.each([
    ['zip', 'BCF_ZIP_1_0', 'BCF_ZIP_2_0', 'other-version'],
    ['zip', 'BCF_ZIP_2_1', 'bcf2.1', 'agrees'],
    ['zip', null, 'BCF_ZIP_2_1', 'contradicts'],
    ['html', null, 'BCF_ZIP_2_1', 'contradicts'],
    ['zip', 'VALIDATION_XLSX_1_0', 'INFO_3D_EXCEL_1_0', 'agrees'],
    ['ole', null, 'INFO_3D_EXCEL_1_0', 'agrees'],
    ['ole', null, 'VALIDATION_XLSX_1_0', 'contradicts'],
    ['zip', 'BCF_ZIP_2_1', 'VALIDATION_XLSX_1_0', 'contradicts'],
    ['zip', 'IFCZIP', 'BCF_ZIP_2_1', 'contradicts'],
    ['json', null, 'VALIDATION_JSON_1_0', 'agrees'],
    ['json', null, 'UNSTRUCTURED_UTF8_TEXT_1_0', 'agrees'],
    ['zip', 'BCF_ZIP_2_1', 'UNSTRUCTURED_UTF8_TEXT_1_0', 'contradicts'],
    ['text', null, 'VALIDATION_JSON_1_0', 'contradicts'],
    ['step', 'IFC_STEP_4', 'IFC_STEP', 'agrees'],
    ['step', 'IFC_STEP_4', 'ifc2x3tc1', 'other-version'],
    ['json', null, 'IFC_JSON_4', 'contradicts'],
    ['json', 'IFC_JSON_4', 'IFC_JSON_2X3TC1', 'other-version'],
    ['json', 'IFC_JSON_4', 'IFC_JSON_GEOM_4', 'agrees'],
    ['empty', null, 'BCF_ZIP_2_1', 'contradicts'],
    ['binary', null, 'BINARY_GEOMETRY_6', 'silent'],
    ['binary', null, 'OF_OUR_OWN', 'silent'],
  ] as const)('%s %s as %s: %s', (content, schema, label, relation) => {
    expect(judgeClaim({ content, schema }, schemaClaim(label))).toBe(relation);
  });
});

describe('the words for a content', () => {
  it.each([
    ['zip', 'BCF_ZIP_1_0', null, 'BCF_ZIP_1_0'],
    ['zip', null, null, 'a zip archive of something else'],
    ['zip', 'IFCZIP', null, 'a zip archive of a model'],
    ['zip', 'VALIDATION_XLSX_1_0', null, 'an Excel workbook'],
    ['zip', null, 'docx', 'a Word document'],
    ['html', null, null, 'an HTML page'],
    ['ole', null, null, 'an old Office file'],
    ['text', null, null, 'plain text'],
    ['empty', null, null, 'empty'],
  ] as const)('%s %s %s: %s', (content, schema, office, words) => {
    expect(describeContent({ content, schema, office })).toBe(words);
  });
});

describe('inspectResult', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inspect-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function inspect(bytes: Buffer) {
    const path = join(folder, 'result');
    await writeFile(path, bytes);
    return inspectResult(path);
  }

  it('reads the version of a BCF archive, whatever else is in it', async () => {
    const bytes = await zip({ 'a/markup.bcf': '<Markup/>', 'bcf.version': versionFile('2.1') });
    expect(await inspect(bytes)).toEqual({
      content: 'zip',
      schema: 'BCF_ZIP_2_1',
      bcfVersion: '2.1',
      defect: null,
      office: null,
      archive: null,
      warnings: [],
    });
  });

  it('says that a cut archive has no central directory (B128)', async () => {
    const bytes = await zip({ 'bcf.version': versionFile('2.1'), 'a/markup.bcf': 'x'.repeat(500) });
    const { defect, schema } = await inspect(bytes.subarray(0, -30));
    expect(defect).toMatch(/without a central directory/);
    expect(schema).toBeNull();
  });

  it('says that a version file inside is damaged', async () => {
    const bytes = await zip({ 'bcf.version': versionFile('2.1') });
    const local = bytes.readUInt16LE(26) + bytes.readUInt16LE(28) + 30;
    bytes.fill(0xff, local, local + 20);
    expect((await inspect(bytes)).defect).toMatch(/damaged/);
  });

  it.each([
    ['{"a":[1,2,{"b":null}]}', null],
    ['\ufeff{"a":1}\n', null],
    ['{"a":1', /stops in the middle, at byte 6/],
    ['{"a":"caf', /stops in the middle, at byte 9/],
    ['{"a":tru}', /does not parse at byte 8/],
    ['{"a":1,}', /does not parse at byte 7/],
    ['{"a":1} <html>', /does not parse at byte 8/],
    ['{"a" 1}', /does not parse at byte 5/],
    [`${'['.repeat(100_000)}`, /stops in the middle/],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, null],
  ])('JSON %.30s', async (text, defect) => {
    const result = await inspect(Buffer.from(text));
    expect(result.content).toBe('json');
    if (defect === null) expect(result.defect).toBeNull();
    else expect(result.defect).toMatch(defect);
  });

  it('reads JSON of many chunks, and finds a fault near the end', async () => {
    const good = `[${'{"type":"IfcWall","name":"Größe"},'.repeat(60_000)}{}]`;
    expect(await inspect(Buffer.from(good))).toMatchObject({ content: 'json', defect: null });
    expect((await inspect(Buffer.from(good.slice(0, -1)))).defect).toMatch(/stops in the middle/);
  });

  it('finds the type of a model, and warns about a cut one', async () => {
    const text = "ISO-10303-21;HEADER;FILE_SCHEMA(('IFC4'));ENDSEC;DATA;ENDSEC;END-ISO-10303-21;";
    expect(await inspect(latin1(text))).toMatchObject({
      content: 'step',
      schema: 'IFC_STEP_4',
      warnings: [],
    });
    const cut = await inspect(latin1(text.slice(0, 60)));
    expect(cut.schema).toBe('IFC_STEP_4');
    expect(cut.defect).toBeNull();
    expect(cut.warnings.join()).toMatch(/cut off/);
  });

  it('has nothing against an empty file or plain text', async () => {
    expect(await inspect(Buffer.alloc(0))).toMatchObject({ content: 'empty', defect: null });
    expect(await inspect(latin1('fine'))).toMatchObject({ content: 'text', schema: null, defect: null });
  });
});
