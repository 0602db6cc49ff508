// `serve` on a Node without SQLite: enough for practice, and an error where something has to be kept.
import { describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { hasSqlite } from './stores.js';

describe.skipIf(hasSqlite())('without SQLite', () => {
  it('for practice the server is announced first, and a last line says what to type to keep things', async () => {
    await using workspace = await Workspace.create();
    let stop = () => {};
    const interrupt = new Promise<void>((resolve) => {
      stop = resolve;
    });
    let shown = '';
    const { code, stdout, stderr } = await workspace.run(['serve', '--port', '0'], {
      env: { XDG_DATA_HOME: workspace.folder, HOME: workspace.folder },
      interrupt,
      onStderr(text) {
        shown += text;
        if (shown.includes('better-sqlite3')) stop();
      },
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('');
    const lines = stderr.split('\n');
    expect(lines[0]).toMatch(/^Serving duplicate-globalids at http:/);
    expect(lines[7]).toBe(
      'Clients and tokens are forgotten when it ends. To keep them: Node 22.13 or newer, or: npm install -g better-sqlite3@12',
    );
    expect(stderr.match(/SQLite|sqlite/g)).toHaveLength(1);
  });

  it('with a data folder it is an error that says what to type', async () => {
    await using workspace = await Workspace.create();
    const { code, stderr } = await workspace.run(['serve', '--port', '0', '--data', 'data']);
    expect(code).toBe(7);
    expect(stderr).toMatch(
      /^error: this Node has no SQLite, which keeps clients and tokens\n {2}It takes Node 22\.13 or newer, or: npm install -g better-sqlite3@12$/m,
    );
  });
});
