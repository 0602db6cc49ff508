// Results of any size are checked whole, in flat memory and in time: one string of 150 MB, an element with 100,000 attributes.

import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { OpenService } from '../support/open-service.js';

const PEAK_MEMORY = fileURLToPath(new URL('../support/peak-memory.cjs', import.meta.url));
const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(MIB, 'a');

/** `{"text":"aaa…"}` in pieces of 1 MiB. */
function* longString(pieces: number): Generator<Buffer> {
  yield Buffer.from('{"text":"');
  for (let n = 0; n < pieces; n += 1) yield PIECE;
  yield Buffer.from('"}');
}

test.skipIf(process.platform !== 'linux')(
  'a JSON result of one string of 150 MiB is whole, and the memory stays flat',
  async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        pipeline(Readable.from(longString(150)), response).catch(() => {});
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using workspace = await Workspace.create();
    try {
      const { port } = server.address() as AddressInfo;
      const list = [{ name: 'Check', resourceUrl: `http://127.0.0.1:${port}/run` }];
      await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
      await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
      const file = join(workspace.folder, 'peak');
      const { code, stderr } = await workspace.spawn(
        ['invoke', 'check', 'model.ifc', '-r', 'list.json', '-o', 'r.json'],
        { env: { NODE_OPTIONS: `--require ${PEAK_MEMORY}`, PEAK_MEMORY_FILE: file } },
      );
      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain('warning');
      expect((await stat(join(workspace.folder, 'r.json'))).size).toBe(150 * MIB + '{"text":""}'.length);
      expect(Number(await readFile(file, 'utf8'))).toBeGreaterThan(20 * MIB);
      expect(Number(await readFile(file, 'utf8'))).toBeLessThan(250 * MIB);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);

test('an XML element with 100,000 attributes takes no time', async () => {
  const attributes = Array.from({ length: 100_000 }, (_, n) => ` a${n}="${n}"`).join('');
  const body = `<?xml version="1.0"?><report${attributes}/>`;
  await using at = await OpenService.start({
    status: 200,
    headers: [['Content-Type', 'application/xml']],
    body,
  });
  const { code, stderr } = await at.workspace.spawn([
    'invoke',
    'check',
    'model.ifc',
    '-r',
    'list.json',
    '-o',
    'r.xml',
  ]);
  expect(code, stderr).toBe(0);
  expect(await readFile(join(at.workspace.folder, 'r.xml'), 'utf8')).toBe(body);
});
