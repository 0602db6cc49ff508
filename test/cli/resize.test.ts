// The progress on a terminal that is resized while a model is sent: no line wraps, and nothing of the old lines stays.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fitLine } from '../../src/io/terminal/live-lines.js';
import { cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { NO_TERMINAL, onTerminal } from '../support/pseudo-terminal.js';
import { originOf } from '../support/strict-server.js';

const NAME = `${'a-model-with-a-long-name-'.repeat(3)}end.ifc`;
/** Each frame begins with this (synchronized output). */
const FRAME = '\u001b[?2026h';
const UP = '\u001b[1A';

test.skipIf(NO_TERMINAL !== null)('the lines fit a terminal that became narrower', async () => {
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, NAME), stepModel({ schema: 'IFC4' }));
  let respond: (() => unknown) | undefined;
  const server = createServer((request, response: ServerResponse) => {
    request.resume();
    respond = () => response.headersSent || response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const list = [{ name: 'Check', resourceUrl: `${originOf(server)}/run` }];
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));

  const resize = `(until [ -e narrow ]; do sleep 0.1; done; stty cols 40 </dev/tty; echo RESIZED)`;
  const invoke = `${process.execPath} ${PROGRAM} invoke check ${NAME} -r list.json --no-input --allow-empty`;
  const [program, ...argv] = onTerminal(`stty cols 120 rows 24; ${resize} & exec ${invoke}`);
  const child = spawn(program, argv, {
    cwd: workspace.folder,
    env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir, TERM: 'xterm' },
  });
  let shown = '';
  child.stdout.on('data', async (piece: Buffer) => {
    shown += piece.toString();
    if (shown.includes('service is working')) await writeFile(join(workspace.folder, 'narrow'), '');
    const [, after = ''] = shown.split('RESIZED');
    if (after.split(FRAME).length > 6) respond?.();
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => server.close(resolve));

  expect(code, shown).toBe(0);
  const [wide = '', narrow = ''] = shown.split('RESIZED');
  expect(stripVTControlCharacters(wide)).toMatch(/a-model-with-a-long-name-a-\S*…: service is working 0:0/);
  // The first pieces may have been written before the terminal had its new size.
  const frames = narrow.split(FRAME).slice(2).map(stripVTControlCharacters);
  const working = frames.flatMap((frame) => /^.*service is working \d:\d\d/.exec(frame)?.[0] ?? []);
  expect(working.length).toBeGreaterThan(2);
  for (const frame of working) expect(frame.length, frame).toBeLessThan(40);
  // 67 columns became two rows of 40: one is above the cursor.
  expect(shown.split(UP).length - 1).toBe(1);
});

describe('a line in a terminal of some columns', () => {
  const widthOf = (text: string) => text.length;
  test.each([
    [80, 'house.ifc: sending 3 MiB of 10 MiB, 1 MiB/s, 0:07 left'],
    [24, 'house.ifc: sending 3 Mi…'],
    [1, '…'],
  ])('%i: %s', (columns, expected) => {
    const line = { name: 'house.ifc', text: 'sending 3 MiB of 10 MiB, 1 MiB/s, 0:07 left' };
    expect(fitLine(line, columns, widthOf).length).toBeLessThanOrEqual(columns);
    expect(fitLine(line, columns, widthOf)).toBe(expected);
  });

  test('a long name loses its middle, and the numbers stay', () => {
    expect(fitLine({ name: 'x'.repeat(40), text: 'receiving 812 B' }, 40, widthOf)).toBe(
      `${'x'.repeat(11)}…${'x'.repeat(11)}: receiving 812 B`,
    );
  });
});
