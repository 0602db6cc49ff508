// What `invoke` checks before it sends, in which order, and what it says of a job that was interrupted.
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { OpenService } from '../support/open-service.js';
import { originOf } from '../support/strict-server.js';

/** A stdin that fails the test when it is read. */
function untouched(isTTY: boolean) {
  const reads: string[] = [];
  const stdin = {
    isTTY,
    [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
      reads.push('stdin was read');
      return { next: async () => ({ done: true, value: undefined }) };
    },
  };
  return { reads, stdin };
}

const oauth = {
  registerUrl: 'http://127.0.0.1:9/r',
  authorizationUrl: 'http://127.0.0.1:9/a',
  tokenUrl: 'http://127.0.0.1:9/t',
};

describe('the order of the checks', () => {
  test('a terminal as stdin: exit 2 at once, before the list is read', async () => {
    await using workspace = await Workspace.create();
    const { reads, stdin } = untouched(true);
    const { code, stderr } = await workspace.run(['invoke', 'check', '-', '-r', 'no-such-list.json'], {
      input: stdin,
    });
    expect({ code, reads }).toEqual({ code: 2, reads: [] });
    expect(stderr).toMatch(/^error: .*terminal/);
    expect(stderr).toContain('< model.ifc');
  });

  test('-r - with - as a model: stdin cannot be both', async () => {
    await using workspace = await Workspace.create();
    const { reads, stdin } = untouched(false);
    const { code, stderr } = await workspace.run(['invoke', 'check', '-', '-r', '-'], { input: stdin });
    expect({ code, reads }).toEqual({ code: 2, reads: [] });
    expect(stderr).toContain('stdin');
  });

  test('an unauthorized service: exit 4 before a byte of stdin is read', async () => {
    await using at = await OpenService.start({ status: 200 }, { oauth });
    const { reads, stdin } = untouched(false);
    const { code, stderr } = await at.invoke(['-'], { input: stdin });
    expect({ code, reads }, stderr).toEqual({ code: 4, reads: [] });
  });

  test('a result that is in the way: exit 7 before a byte of stdin is read', async () => {
    await using at = await OpenService.start({ status: 200 });
    const { reads, stdin } = untouched(false);
    const { code, stderr } = await at.invoke(['-', '-o', 'list.json'], { input: stdin });
    expect({ code, reads }, stderr).toEqual({ code: 7, reads: [] });
  });
});

describe('a header value is checked before it is used', () => {
  test.each([
    ['--context-id', '€'],
    ['--context-id', 'a\nb'],
    ['--context-id', ''],
    ['--expect', '报告'],
    ['--input-type', 'IFC\nX: y'],
    ['--input-type', 'ÏFC'],
  ])('%s %j: exit 2, and the option is named', async (option, value) => {
    await using at = await OpenService.start({ status: 200, body: 'fine' });
    at.server.expectCalls([]);
    const { code, stderr } = await at.invoke(['model.ifc', option, value]);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(option);
    at.server.assertDone();
  });

  test('an input type of the list that no header can carry: exit 3, and the list is named', async () => {
    await using at = await OpenService.start({ status: 200 }, { inputs: ['IFC\nSTEP_4'] });
    at.server.expectCalls([]);
    const { code, stderr } = await at.invoke(['model.ifc']);
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('list.json');
    at.server.assertDone();
  });

  test('a stored token with a newline: exit 7, and what to do', async () => {
    await using at = await OpenService.start({ status: 200 }, { oauth });
    await at.workspace.run(['token', 'check', '--set', '-', '-r', 'list.json'], { stdin: 'good-token' });
    const folder = join(at.workspace.configDir, 'credentials');
    for (const name of (await readdir(folder)).filter((file) => file.startsWith('token'))) {
      const text = await readFile(join(folder, name), 'utf8');
      await writeFile(join(folder, name), text.replace('good-token', 'good\\ntoken'));
    }
    at.server.expectCalls([]);
    const { code, stderr } = await at.invoke(['model.ifc']);
    expect(code, stderr).toBe(7);
    expect(stderr).toContain('bimservice authorize check');
    at.server.assertDone();
  });
});

describe('Ctrl-C says what became of the job', () => {
  async function interrupted(
    bytes: number,
    act: (workspace: Workspace, signal: () => void) => Promise<string[]>,
  ) {
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4', bytes }));
    let press = () => {};
    const interrupt = new Promise<void>((resolve) => {
      press = resolve;
    });
    const argv = await act(workspace, press);
    const done = await workspace.run([...argv, '--json'], { interrupt });
    const line = JSON.parse(done.stdout);
    const receipt = await readFile(join(workspace.folder, 'model.ifc.check.run.json'), 'utf8').catch(
      () => null,
    );
    return { ...done, line, receipt: receipt === null ? null : JSON.parse(receipt) };
  }

  test('after the model was sent: the service may have run it, as in the receipt', async () => {
    const server = createServer((request) => request.resume());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const done = await interrupted(5000, async (workspace, press) => {
      const list = [{ name: 'Check', resourceUrl: `${originOf(server)}/run` }];
      await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
      server.on('request', (request) => request.on('end', () => setTimeout(press, 100)));
      return ['invoke', 'check', 'model.ifc', '-r', 'list.json'];
    });
    server.closeAllConnections();
    server.close();
    expect(done.code, done.stderr).toBe(130);
    expect(done.stderr).toContain('interrupted after the model was sent: the service may have run it');
    expect(done.line.outcome).toBe('unknown');
    expect(done.receipt.error).toEqual(done.line.error);
  });

  test('while the model is being sent: the service has only a part of it', async () => {
    const server = createServer((request) => void request.pause());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const done = await interrupted(40_000_000, async (workspace, press) => {
      const list = [{ name: 'Check', resourceUrl: `${originOf(server)}/run` }];
      await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
      server.on('request', () => setTimeout(press, 500));
      return ['invoke', 'check', 'model.ifc', '-r', 'list.json'];
    });
    server.closeAllConnections();
    server.close();
    expect(done.code, done.stderr).toBe(130);
    expect(done.stderr).toMatch(
      /interrupted while the model was being sent .* the service has only a part of it/,
    );
    expect(done.line.outcome).toBe('unknown');
    expect(done.receipt.error).toEqual(done.line.error);
  });

  test('before anything was sent', async () => {
    const done = await interrupted(5000, async (workspace, press) => {
      const list = [{ name: 'Check', resourceUrl: 'http://127.0.0.1:9/run' }];
      await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
      press();
      return ['invoke', 'check', 'model.ifc', '-r', 'list.json'];
    });
    expect(done.code, done.stderr).toBe(130);
    expect(done.receipt).toBeNull();
  });
});
