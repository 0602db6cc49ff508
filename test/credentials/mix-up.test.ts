// An entry that pairs an honest server with an evil address, where no one can be asked (CASES B064; RFC 9700 4.4; built program).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { StrictServer } from '../support/strict-server.js';

test.each(['registerUrl', 'tokenUrl', 'resourceUrl'])(
  '%s on another host: refused without a terminal, and neither server is asked',
  async (name) => {
    await using honest = await FlatService.start();
    await using evil = await StrictServer.start({});
    await using workspace = await Workspace.create();
    const entry = { ...honest.entry, [name]: `${evil.origin}/evil` };
    await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
    const at = ['-r', 'list.json'];
    for (const argv of [
      ['authorize', 'clash', '--no-browser', '--json'],
      ['authorize', 'clash', '--paste', '--no-browser', '--json'],
    ]) {
      const refused = await workspace.spawn([...argv, ...at], { stdin: 'a-pasted-code' });
      expect(refused.code).toBe(2);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'input-needed' } });
      expect(JSON.parse(refused.stdout).error.message).toContain(new URL(evil.origin).host);
    }
    const traded = await workspace.spawn(['token', 'clash', '--code', '-', ...at], { stdin: 'a-code' });
    expect(traded.code).toBe(2);
    expect(evil.calls).toHaveLength(0);
    expect(honest.server.calls).toHaveLength(0);
  },
);
