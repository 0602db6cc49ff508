// Finds the earlier result of `--baseline`.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBaseline } from '../../../src/io/bcf/baseline.js';
import { sha256Of } from '../../../src/io/files/file-hash.js';
import { isEarlierResult } from '../../../src/io/result/replaceable.js';
import { bcfArchive, topicEntries } from '../../support/bcf.js';
import { Workspace } from '../../support/cli.js';

const { signal } = new AbortController();

test('a receipt that was written on Windows names its model and its result with backslashes', async () => {
  await using workspace = await Workspace.create();
  const result = join(workspace.folder, 'house.bcf');
  const bytes = await bcfArchive({ entries: topicEntries({}) });
  await writeFile(result, bytes);
  const receipt = {
    tool: 'bimservice',
    service: { id: 'check' },
    input: { path: 'C:\\models\\house.ifc' },
    output: { path: 'C:\\results\\house.bcf', bytes: bytes.length, sha256: await sha256Of(result) },
  };
  await writeFile(`${result}.run.json`, JSON.stringify(receipt));
  expect((await readBaseline(workspace.folder, 'house.ifc', signal))?.path).toBe(result);
  expect((await readBaseline(result, null, signal))?.receipt?.serviceId).toBe('check');
  expect(await isEarlierResult(result, 'check')).toBe(true);
});
