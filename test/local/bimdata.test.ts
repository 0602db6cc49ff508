// Real files, each with the expected result. They are not part of the project; the tests are skipped when they are absent.

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openModel } from '../../src/io/model/model-source.js';
import { inspectResult } from '../../src/io/result/inspect-result.js';
import { judgeClaim, schemaClaim } from '../../src/protocol/content/claims.js';

interface Expected {
  models: Record<string, { type: string | null; warn?: boolean; unpack?: boolean }>;
  bcf: Record<string, { version?: string | null; notBcf?: boolean; unreadable?: boolean }>;
}

const folder = fileURLToPath(new URL('../../../shared/bimdata/', import.meta.url));
const present = existsSync(`${folder}expected.json`);
if (!present) console.warn('skipped: no folder shared/bimdata beside the project');
const expected: Expected = present
  ? JSON.parse(readFileSync(`${folder}expected.json`, 'utf8'))
  : { models: {}, bcf: {} };

async function bodyOf(source: { body(): AsyncIterable<Uint8Array> }): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.body()) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe.skipIf(!present)('models of bimdata', () => {
  it.each(Object.entries(expected.models))('%s', async (file, { type, warn, unpack }) => {
    await using source = await openModel(folder + file);
    const { detected } = source;
    expect(detected.kind === 'model' ? detected.type : null).toBe(type);
    if (detected.kind === 'model')
      expect(detected.warnings.length > 0, detected.warnings.join()).toBe(warn === true);
    else expect(detected.message).toMatch(/^\w.+[^.]$/);

    const bytes = await bodyOf(source);
    expect(bytes.length).toBe(source.length);
    if (unpack) expect(bytes.subarray(0, 12).toString()).toBe('ISO-10303-21');
    else expect(bytes.equals(await readFile(folder + file))).toBe(true);
  });
});

describe.skipIf(!present)('BCF files of bimdata', () => {
  it.each(Object.entries(expected.bcf))('%s', async (file, { version, notBcf, unreadable }) => {
    const result = await inspectResult(folder + file);
    expect(result.content).toBe('zip');
    expect(result.defect === null, result.defect ?? '').toBe(unreadable !== true);
    expect(result.bcfVersion).toBe(version ?? null);
    expect(result.schema).toBe(version ? `BCF_ZIP_${version.replace('.', '_')}` : null);
    if (notBcf) expect(judgeClaim(result, schemaClaim('BCF_ZIP_2_1'))).toBe('contradicts');
    if (version === '2.1') expect(judgeClaim(result, schemaClaim('BCF_ZIP_2.1'))).toBe('agrees');
    if (version === '1.0') expect(judgeClaim(result, schemaClaim('BCF_ZIP_2_0'))).toBe('other-version');
  });

  it('recognizes the result of a real service', async () => {
    const result = await inspectResult(`${folder}other/freecad-bimbots-payload-response.json`);
    expect(result).toMatchObject({ content: 'json', schema: null, defect: null });
  });
});
