// The events of watched folders: no watcher stays open, because the program would not end.
import type { FSWatcher } from 'chokidar';
import { expect, test, vi } from 'vitest';
import { FolderEvents } from '../../src/io/watch/folder-events.js';
import { Workspace } from '../support/cli.js';

const opened = vi.hoisted((): FSWatcher[] => []);

vi.mock('chokidar', async (load) => {
  const real = await load<typeof import('chokidar')>();
  return {
    ...real,
    watch(...args: Parameters<typeof real.watch>) {
      const watcher = real.watch(...args);
      opened.push(watcher);
      return watcher;
    },
  };
});

test.each([
  ['two restarts at the same time', (events: FolderEvents) => [events.restart(), events.restart()]],
  ['a restart at the end', (events: FolderEvents) => events.restart()],
])('%s', async (_, act) => {
  await using workspace = await Workspace.create();
  opened.length = 0;
  const events = new FolderEvents({
    paths: [workspace.folder],
    output: '/results',
    onChange: () => {},
    onTrouble: () => {},
  });
  act(events);
  await events[Symbol.asyncDispose]();
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  expect(opened.map(({ closed }) => closed)).toEqual(opened.map(() => true));
});
