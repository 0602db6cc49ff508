import { describe, expect, it } from 'vitest';
import {
  extensionFor,
  listedExtension,
  normalizeSchemaName,
  SCHEMAS,
  sameSchema,
  spellingFor,
} from '../../src/protocol/content/schema-names.js';

describe('normalizeSchemaName', () => {
  it.each([
    ['IFC_STEP_2x3TC1', 'IFC_STEP_2X3TC1'],
    ['"IFC_STEP_2x3TC1"', 'IFC_STEP_2X3TC1'],
    ['  ifc2x3tc1 ', 'IFC_STEP_2X3TC1'],
    ['Ifc2x3tc1', 'IFC_STEP_2X3TC1'],
    ['IFC2X3', 'IFC_STEP_2X3TC1'],
    ['ifc4', 'IFC_STEP_4'],
    ['IFC 4x3', 'IFC_STEP_4X3'],
    ['IFC_JSON_2x3TC1', 'IFC_JSON_2X3TC1'],
    ['bcf2.0', 'BCF_ZIP_2_0'],
    ['BCF_1.0', 'BCF_ZIP_1_0'],
    ['BCF_ZIP_1.0', 'BCF_ZIP_1_0'],
    ['bcf-zip-2.1', 'BCF_ZIP_2_1'],
    ['BCF 3.0', 'BCF_ZIP_3_0'],
    ['LOD_CSV_1.0', 'LOD_CSV_1_0'],
    ['INFO_3D_EXCEL_1.0', 'INFO_3D_EXCEL_1_0'],
    ['http://www.buildingsmart-tech.org/specifications/ifc-releases/ifc2x3-tc1-release', 'IFC_STEP_2X3TC1'],
    ['http://www.buildingsmart-tech.org/specifications/ifc-releases/ifc4-release/', 'IFC_STEP_4'],
    ['http://extend.bimserver.org/validationreport', 'HTTP://EXTEND_BIMSERVER_ORG/VALIDATIONREPORT'],
    ['text/csv', 'TEXT/CSV'],
    ['Something New', 'SOMETHING_NEW'],
    ['', ''],
  ])('%j is %s', (written, normal) => {
    expect(normalizeSchemaName(written)).toBe(normal);
    expect(normalizeSchemaName(normal)).toBe(normal);
  });

  it('leaves every canonical name as it is', () => {
    expect(SCHEMAS.size).toBeGreaterThan(35);
    for (const name of SCHEMAS.keys()) expect(normalizeSchemaName(name)).toBe(name);
  });
});

describe('sameSchema', () => {
  it('looks through spellings, not through versions', () => {
    expect(sameSchema('bcf2.0', 'BCF_ZIP_2_0')).toBe(true);
    expect(sameSchema('bcf2.0', 'BCF_ZIP_2_1')).toBe(false);
    expect(sameSchema('IFC_STEP', 'IFC_STEP_4')).toBe(false);
  });
});

describe('spellingFor', () => {
  it.each([
    [['ifc4', 'IFC_STEP_2x3TC1'], 'IFC_STEP_2X3TC1', 'IFC_STEP_2x3TC1'],
    [['"IFC_STEP_2x3TC1"'], 'IFC_STEP_2X3TC1', 'IFC_STEP_2x3TC1'],
    [['IFC_STEP_2X3TC1'], 'IFC_STEP_2X3TC1', 'IFC_STEP_2X3TC1'],
    [['Ifc2x3tc1'], 'IFC_STEP_2X3TC1', 'Ifc2x3tc1'],
    [['IFC_JSON_4'], 'IFC_STEP_4', 'IFC_STEP_4'],
    [[], 'IFC_STEP_4', 'IFC_STEP_4'],
  ])('%j, %s -> %s', (inputs, canonical, sent) => {
    expect(spellingFor(inputs, canonical)).toBe(sent);
  });
});

describe('extensions', () => {
  it.each([
    ['BCF_ZIP_2_0', null, '.bcfzip'],
    ['BCF_ZIP_2.1', 'application/zip', '.bcf'],
    ['VALIDATION_JSON_1_0', 'text/html', '.json'],
    [null, 'application/json; charset=UTF-8', '.json'],
    [null, 'Application/ZIP', '.zip'],
    [null, 'application/problem+json', '.json'],
    [null, 'application/ifc', '.ifc'],
    [null, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', '.xlsx'],
    ['MADE_UP', 'text/plain', '.txt'],
    ['MADE_UP', null, '.bin'],
    [null, null, '.bin'],
  ])('%s, %s -> %s', (schema, type, extension) => {
    expect(extensionFor(schema, type)).toBe(extension);
  });

  it('knows nothing of names outside the catalog', () => {
    expect(listedExtension('ifc4')).toBe('.ifc');
    expect(listedExtension('MADE_UP')).toBeNull();
  });
});
