// The topics of real BCF archives. The archives are not part of the project; the tests are skipped when they are absent.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readBcf } from '../../src/io/bcf/open-bcf.js';

interface Expected {
  version?: string | null;
  topics?: (string | null)[];
  warn?: boolean;
  notBcf?: boolean;
  unreadable?: boolean;
}

const folder = fileURLToPath(new URL('../../../shared/bimdata/', import.meta.url));
const present = existsSync(`${folder}expected.json`);
if (!present) console.warn('skipped: no folder shared/bimdata beside the project');
const expected: Record<string, Expected> = present
  ? JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')).bcf
  : {};
const { signal } = new AbortController();

describe.skipIf(!present)('topics of the BCF archives of bimdata', () => {
  it.each(Object.entries(expected))('%s', async (file, { version, topics, notBcf, unreadable }) => {
    const reading = readBcf(folder + file, signal, file);
    if (unreadable) return expect(reading).rejects.toMatchObject({ code: 'result-incomplete' });
    if (notBcf) return expect(reading).rejects.toMatchObject({ code: 'result-unexpected' });
    const document = await reading;
    expect(document.version).toBe(version);
    expect(document.topics.map(({ title }) => title)).toEqual(topics);
  });
});
