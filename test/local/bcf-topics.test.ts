// The topics of real BCF archives, and what bcf-client (IfcOpenShell) reads from them. Neither is part of the project; the tests
// are skipped when they are absent.

import { spawnSync } from 'node:child_process';
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
  it.each(Object.entries(expected))('%s', async (file, { version, topics, warn, notBcf, unreadable }) => {
    const reading = readBcf(folder + file, signal, file);
    if (unreadable) return expect(reading).rejects.toMatchObject({ code: 'result-incomplete' });
    if (notBcf) return expect(reading).rejects.toMatchObject({ code: 'result-unexpected' });
    const document = await reading;
    expect(document.version).toBe(version);
    expect(document.topics.map(({ title }) => title)).toEqual(topics);
    if (warn) expect([...document.warnings, ...document.problems]).not.toEqual([]);
  });
});

const CLIENT = fileURLToPath(new URL('bcf-client.py', import.meta.url));
const hasClient = present && spawnSync('python3', ['-c', 'import bcf.bcfxml']).status === 0;
if (present && !hasClient) console.warn('skipped: no bcf-client for python3');

interface ClientTopic {
  guid: string;
}

it.skipIf(!hasClient)('bcf-client finds the same topics wherever it can read the archive', async () => {
  const files = Object.keys(expected).filter((file) => !file.endsWith('empty.bcf'));
  const paths = files.map((file) => folder + file);
  const { stdout, stderr } = spawnSync('python3', [CLIENT, ...paths], { encoding: 'utf8' });
  const theirs: Record<string, string | ClientTopic[]> = JSON.parse(stdout || `"${stderr}"`);
  let compared = 0;
  for (const [path, topics] of Object.entries(theirs)) {
    // docs/gates.md names what it cannot read.
    if (typeof topics === 'string') {
      expect(topics, path).toMatch(
        /VerbalStatus|RelatedTopics|'title'|bcf\.version|not a zip file|not supported/,
      );
      continue;
    }
    const ours = (await readBcf(path, signal)).topics.map((topic) => ({
      guid: topic.guid,
      title: topic.title,
      status: topic.status,
      type: topic.type,
      priority: topic.priority,
      comments: topic.comments.length,
      globalIds: topic.globalIds.toSorted(),
    }));
    const byGuid = (list: readonly ClientTopic[]) => list.toSorted((a, b) => (a.guid < b.guid ? -1 : 1));
    expect(byGuid(ours), path).toEqual(byGuid(topics));
    compared += 1;
  }
  expect(compared).toBeGreaterThan(8);
});
