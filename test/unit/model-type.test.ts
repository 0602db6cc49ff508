import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectModel, HEAD_BYTES } from '../../src/protocol/content/model-type.js';
import { hasStepEnd, readStepHeader } from '../../src/protocol/content/step-header.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf8 = (text: string) => Buffer.from(text, 'utf8');

function step(schema: string, { before = '', after = '' } = {}): Buffer {
  return latin1(
    `${before}ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n` +
      `FILE_NAME('a.ifc','',(''),(''),'','','');\n${schema}\nENDSEC;\nDATA;\n${after}#1=IFCWALL();\nENDSEC;\nEND-ISO-10303-21;\n`,
  );
}

function detect(bytes: Buffer) {
  const found = detectModel(bytes, bytes.subarray(-1024));
  if (found.kind === 'model') return { type: found.type, warnings: found.warnings.length };
  return found.kind === 'zip' ? { zip: true } : { reason: found.reason };
}

describe('FILE_SCHEMA decides', () => {
  it.each([
    ['IFC2X3', 'IFC_STEP_2X3TC1', 0],
    ['ifc2x3', 'IFC_STEP_2X3TC1', 0],
    ['IFC2X3_TC1', 'IFC_STEP_2X3TC1', 1],
    ['IFC2X3_FINAL', 'IFC_STEP_2X3TC1', 1],
    ['IFC4', 'IFC_STEP_4', 0],
    ['IFC4_ADD1', 'IFC_STEP_4', 0],
    ['IFC4_ADD2_TC1', 'IFC_STEP_4', 0],
    ['IFC4X3_ADD2', 'IFC_STEP_4X3', 0],
    ['IFC4X3', 'IFC_STEP_4X3', 1],
    ['IFC4X3_RC4', 'IFC_STEP_4X3', 1],
    ['IFC4X1', 'IFC_STEP', 1],
    ['IFC4RC4', 'IFC_STEP', 1],
    ['IFC2X2_FINAL', 'IFC_STEP', 1],
  ])('%s', (name, type, warnings) => {
    expect(detect(step(`FILE_SCHEMA(('${name}'));`))).toEqual({ type, warnings });
  });
});

describe('STEP headers of the wild', () => {
  const schema = "FILE_SCHEMA(('IFC2X3'));";
  it.each<[string, Buffer, number]>([
    ['comment and blanks before the magic', step(schema, { before: ' \r\n/* IFC4 * / **/\t' }), 0],
    ['byte order mark', step(schema, { before: '\xef\xbb\xbf' }), 1],
    ['lower case', latin1(step(schema).toString('latin1').toLowerCase()), 0],
    ['lone CR', latin1(step(schema).toString('latin1').replaceAll('\n', '\r')), 0],
    ['line breaks and comments inside', step("FILE_SCHEMA /* ('IFC4') */ (\r\n(\n 'IFC2X3' ) /**/ )\n;"), 0],
    ['a decoy in a comment', step(`/* FILE_SCHEMA(('IFC4')); */ ${schema}`), 0],
    ['a decoy in a string', step(`FILE_AUTHOR('it''s FILE_SCHEMA((''IFC4''));');${schema}`), 0],
    ['a decoy in the data', step(schema, { after: "FILE_SCHEMA(('IFC4'));" }), 0],
    ['\\S\\ with an apostrophe', step(`FILE_AUTHOR('caf\\S\\' x');${schema}`), 0],
    ['cp1252 bytes in a string', step(`FILE_AUTHOR('M\xfcller \x80');${schema}`), 0],
    ['a long header', step(`FILE_POPULATION('${'x'.repeat(300_000)}');${schema}`), 0],
    ['two schemas', step("FILE_SCHEMA(('IFC2X3','IFC4'));"), 1],
    ['FILE_SCHEMA twice', step(`${schema}FILE_SCHEMA(('IFC4'));`), 1],
    ['no HEADER keyword', latin1(step(schema).toString('latin1').replace('HEADER;', '')), 1],
    ['no end', latin1(step(schema).toString('latin1').replace('END-ISO-10303-21', '')), 1],
  ])('%s', (_, bytes, warnings) => {
    expect(detect(bytes)).toEqual({ type: 'IFC_STEP_2X3TC1', warnings });
  });

  it('does not check an end that is not available', () => {
    const head = step(schema).subarray(0, 220);
    expect(detectModel(head, null)).toEqual({ kind: 'model', type: 'IFC_STEP_2X3TC1', warnings: [] });
  });

  it('accepts a schema that comes before the end of the read bytes', () => {
    const bytes = step(`${schema}FILE_POPULATION('${'x'.repeat(2 * HEAD_BYTES)}');`);
    expect(readStepHeader(bytes.subarray(0, HEAD_BYTES))).toMatchObject({
      kind: 'header',
      schemas: ['IFC2X3'],
    });
  });

  it.each<[string, Buffer]>([
    ['a missing apostrophe', step("FILE_SCHEMA((IFC4'));")],
    ['an empty list', step('FILE_SCHEMA(());')],
    ['no list', step("FILE_SCHEMA('IFC4');")],
    ['no FILE_SCHEMA', step('')],
    ['a header cut off', step(schema).subarray(0, 100)],
    ['a comment without end', step(`/* ${schema}`)],
    ['garbage', latin1('ISO-10303-21;\n%%%')],
    ['the magic alone', latin1('ISO-10303-21')],
  ])('refuses %s', (_, bytes) => {
    expect(detect(bytes)).toEqual({ reason: 'damaged-header' });
  });

  it('reads nested comment stars in linear time', () => {
    expect(detect(latin1('/* */ '.repeat(150_000)))).toEqual({ reason: 'not-a-model' });
  });

  it('never throws', () => {
    const parts = fc.constantFrom(
      'ISO-10303-21;',
      'HEADER;',
      'FILE_SCHEMA',
      '((',
      "'",
      "'IFC4'",
      '\\S\\',
      '/*',
      '*/',
      ';',
      ')',
      'ENDSEC;',
    );
    fc.assert(
      fc.property(fc.array(parts), (pieces) => {
        const bytes = latin1(`ISO-10303-21;${pieces.join('')}`);
        expect(['model', 'refused']).toContain(detectModel(bytes, bytes).kind);
      }),
    );
  });

  it('finds the end in any case', () => {
    expect(hasStepEnd(latin1('ENDSEC;\nend-iso-10303-21;\n\n'))).toBe(true);
    expect(hasStepEnd(latin1('ENDSEC;\n'))).toBe(false);
  });
});

describe('ifcXML', () => {
  it.each([
    ['<ifcXML xmlns="http://www.buildingsmart-tech.org/ifcXML/IFC4/final"/>', 'IFC_XML_4'],
    [
      '\ufeff<?xml version="1.0"?><!-- x --><ifc:ifcXML xmlns:ifc="http://www.buildingsmart-tech.org/ifcXML/IFC4/Add2"/>',
      'IFC_XML_4',
    ],
    ['<ifcXML xmlns="http://standards.buildingsmart.org/IFC/RELEASE/IFC4_3/ADD2"/>', 'IFC_XML_4X3'],
    ['<iso_10303_28 xmlns="http://www.iai-tech.org/ifcXML2/FINAL"/>', 'IFC_XML_2X3TC1'],
    [
      '<ex:iso_10303_28 xmlns:ex="urn:iso.org"><h/><uos xmlns="http://www.iai-tech.org/ifcxml/RC2/IFC2X3"/>',
      'IFC_XML_2X3TC1',
    ],
    ['<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0"/>', 'CITYGML_2_0_0'],
    ['<COLLADA xmlns="http://www.collada.org/2008/03/COLLADASchema" version="1.5.0"/>', 'COLLADA_1_5'],
  ])('%s', (text, type) => {
    expect(detect(utf8(text))).toEqual({ type, warnings: 0 });
  });

  it.each([
    ['<ifcXML/>', 'unknown-release'],
    ['<ifcXML xmlns="http://www.buildingsmart-tech.org/ifcXML/IFC4x1/final"/>', 'unknown-release'],
    ['<Markup><!-- http://www.buildingsmart-tech.org/ifcXML/IFC4/final --></Markup>', 'not-a-model'],
    ['<broken', 'not-a-model'],
    ['<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', 'html'],
    ['<!-- x --> <!DOCTYPE html><title>Login</title>', 'html'],
  ])('refuses %s', (text, reason) => {
    expect(detect(utf8(text))).toEqual({ reason });
  });
});

describe('ifcJSON', () => {
  it.each([
    ['{"type":"ifcJSON","schemaIdentifier":"IFC4","data":[]}', 'IFC_JSON_4', 0],
    [
      '\ufeff {"schemaIdentifier":"IFC2X3","data":[{"type":"IfcWall","schemaIdentifier":"IFC4"}],"type":"ifcJSON"}',
      'IFC_JSON_2X3TC1',
      0,
    ],
    ['{"type":"ifcJSON","schemaIdentifier":"IFC4X3_RC1"}', 'IFC_JSON_4X3', 1],
    ['{"header":{"schema":"IFC2X3"},"objects":[]}', 'IFC_JSON_2X3TC1', 0],
    ['{"asset":{"version":"1.0"}}', 'GLTF_1_0', 0],
  ])('%s', (text, type, warnings) => {
    expect(detect(utf8(text))).toEqual({ type, warnings });
  });

  it('needs only the beginning of a huge file', () => {
    const start = utf8('{"type":"ifcJSON","schemaIdentifier":"IFC4","data":["');
    const head = Buffer.concat([start, Buffer.alloc(HEAD_BYTES - start.length, 'x')]);
    expect(detectModel(head, null)).toEqual({ kind: 'model', type: 'IFC_JSON_4', warnings: [] });
  });

  it.each([
    ['{"code":500,"message":"no"}', 'not-a-model'],
    ['{"data":[{"type":"ifcJSON","schemaIdentifier":"IFC4"}]}', 'not-a-model'],
    ['{"type":"ifcJSON","schemaIdentifier":"IFC4","data":[', 'not-a-model'],
    ['{"type":"ifcJSON","schemaIdentifier":"IFC4",}', 'not-a-model'],
    ['{"type":"ifcJSON","data":[]}', 'unknown-release'],
    ['{"type":"ifcJSON","schemaIdentifier":"IFC4X1"}', 'unknown-release'],
    ['[]', 'not-a-model'],
  ])('refuses %s', (text, reason) => {
    expect(detect(utf8(text))).toEqual({ reason });
  });
});

describe('what is no model', () => {
  it.each<[string, Buffer, string]>([
    ['nothing (B095)', Buffer.alloc(0), 'empty'],
    ['a word', latin1('#dummy'), 'not-a-model'],
    [
      'UTF-16 with a mark',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(step('').toString(), 'utf16le')]),
      'utf-16',
    ],
    ['UTF-16 without', Buffer.from('ISO-10303-21;', 'utf16le'), 'utf-16'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip'],
    ['HTML', latin1('\n<!doctype HTML><html>'), 'html'],
    ['zeros', Buffer.alloc(100), 'zero-bytes'],
    [
      'a Git LFS pointer',
      latin1('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n'),
      'lfs-pointer',
    ],
    ['STEP of cars', step("FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'));"), 'not-ifc'],
    [
      'STEP of AP209',
      step("FILE_SCHEMA(('AP209_MULTIDISCIPLINARY_ANALYSIS_AND_DESIGN_MIM_LF'));"),
      'not-ifc',
    ],
  ])('%s', (_, bytes, reason) => {
    expect(detect(bytes)).toEqual({ reason });
  });

  it('leaves archives to the one who can open them', () => {
    expect(detect(Buffer.from('PK\x03\x04rest', 'latin1'))).toEqual({ zip: true });
  });

  it('distinguishes the versions of binary glTF', () => {
    expect(detect(Buffer.from('glTF\x02\0\0\0', 'latin1'))).toEqual({ type: 'GLTF_BIN_2_0', warnings: 0 });
    expect(detect(Buffer.from('glTF\x07\0\0\0', 'latin1'))).toEqual({ reason: 'not-a-model' });
  });
});
