// The inputs made on the spot are what they say they are.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { bcfZip, globalId, stepModel, tempDir } from '../../support/fixtures.js';

async function unzip(data: Buffer): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const zip = await fromBufferPromise(data);
  for await (const entry of zip.eachEntry()) {
    files[entry.fileName] = await text(await zip.openReadStreamPromise(entry));
  }
  return files;
}

test('stepModel: complete STEP text of the schema with the given elements', () => {
  const model = stepModel({ schema: 'IFC4', globalIds: [globalId(7), globalId(7)] }).toString();
  expect(model).toMatch(/^ISO-10303-21;\nHEADER;/);
  expect(model).toContain("FILE_SCHEMA(('IFC4'));");
  expect(model).toMatch(/END-ISO-10303-21;\n$/);
  expect(model.split(globalId(7))).toHaveLength(3);
});

test.each([2000, 4096, 1_000_003])('stepModel: exactly %i bytes', (bytes) => {
  const model = stepModel({ schema: 'IFC2X3', bytes });
  expect(model.length).toBe(bytes);
  expect(model.toString()).toMatch(/ENDSEC;\nEND-ISO-10303-21;\n$/);
});

test('stepModel: refuses a length that no whole model has', () => {
  expect(() => stepModel({ schema: 'IFC2X3', bytes: 100 })).toThrow(RangeError);
});

test.each([
  ['1.0', undefined, '</Topic><Comment '],
  ['2.0', 'VersionId="2.0"', '</Topic><Comment '],
  ['2.1', 'VersionId="2.1"', '</Topic><Comment '],
  ['3.0', 'VersionId="3.0"', '<Comments><Comment '],
] as const)('bcfZip %s', async (version, versionId, comments) => {
  const files = await unzip(
    await bcfZip({ version, topics: [{ title: 'A < B', comments: ['x'] }, { title: 'C' }] }),
  );
  const markups = Object.entries(files).filter(([name]) => name.endsWith('/markup.bcf'));
  expect(markups).toHaveLength(2);
  expect(markups[0]?.[1]).toContain('<Title>A &#60; B</Title>');
  expect(markups[0]?.[1]).toContain(comments);
  if (versionId === undefined) expect(files).not.toHaveProperty(['bcf.version']);
  else expect(files['bcf.version']).toContain(versionId);
});

test('tempDir: there, then gone with all it holds', async () => {
  let path: string;
  {
    await using dir = await tempDir();
    path = dir.path;
    expect(await readFile(await dir.write('a.txt', 'a'), 'utf8')).toBe('a');
  }
  expect(existsSync(path)).toBe(false);
});
