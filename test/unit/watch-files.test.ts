// What `watch` reads and writes on the disk: looks at folders, content of files, and the folder of results.
import { mkdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { inspectRevision } from '../../src/io/watch/inspect-revision.js';
import { WatchedFolders } from '../../src/io/watch/model-folders.js';
import { resultFolders } from '../../src/io/watch/result-folders.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

const SIGNAL = new AbortController().signal;
const MODEL = stepModel({ schema: 'IFC4', bytes: 3000 });
const STAMPED = Buffer.from(MODEL.toString().replace('2024-01-01', '2026-11-27'));
const OPTIONS = { umask: 0o022, pid: process.pid, isAlive: () => true };

function zipOf(name: string, model: Uint8Array): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(model), name);
  zip.end();
  return buffer(zip.outputStream);
}

async function hashOf(workspace: Workspace, name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(workspace.folder, name), bytes);
  const found = await inspectRevision(join(workspace.folder, name), SIGNAL);
  return found.kind === 'ready' ? found.hash : `${found.kind} ${'why' in found ? found.why : ''}`;
}

describe('a look', () => {
  test('finds models in subfolders, and neither drafts, nor conflicts, nor anything among the results', async () => {
    await using workspace = await Workspace.create();
    const at = (name: string) => join(workspace.folder, name);
    await mkdir(at('sub/deep'), { recursive: true });
    await mkdir(at('results/a'), { recursive: true });
    await mkdir(at('.git'));
    const models = ['a.ifc', 'B.IFC', 'c.ifczip', 'sub/d.ifcxml', 'sub/deep/e.ifcjson'];
    const conflicts = [
      'a.sync-conflict-20261127-120000-ABCDEFG.ifc',
      "a (Ada's conflicted copy 2026-11-27).ifc",
    ];
    const others = [
      '.a.ifc',
      '~a.ifc',
      '~$a.ifc',
      '~RF1a2b.TMP',
      '~syncthing~a.ifc.tmp',
      'a.txt',
      'a.ifc.part',
    ];
    for (const name of [...models, ...conflicts, ...others, 'results/a/x.ifc', '.git/y.ifc'])
      await writeFile(at(name), MODEL);
    const look = await new WatchedFolders([workspace.folder], at('results')).look(SIGNAL);
    expect(look.files.map(({ path }) => path).sort()).toEqual(models.map(at).sort());
    expect(look.conflicts.sort()).toEqual(conflicts.map(at).sort());
    expect(look.away).toEqual([]);
  });

  test('a named file counts with any name; one that is gone for a moment is not away, a folder is', async () => {
    await using workspace = await Workspace.create();
    const at = (name: string) => join(workspace.folder, name);
    await writeFile(at('model.step'), MODEL);
    const folders = new WatchedFolders([at('model.step'), at('gone.ifc'), at('share')], at('results'));
    const look = await folders.look(SIGNAL);
    expect(look.files.map(({ path }) => path)).toEqual([at('model.step')]);
    expect(look.away).toEqual([{ path: at('share'), why: 'no such file or folder, ENOENT' }]);
    const before = folders.generation;
    await mkdir(at('share'));
    await folders.look(SIGNAL);
    expect(folders.generation, 'its events have to be asked for anew').toBe(before + 1);
    await folders.look(SIGNAL);
    expect(folders.generation).toBe(before + 1);
  });

  test('a program that sets the time back is seen by the mark', async () => {
    await using workspace = await Workspace.create();
    const path = join(workspace.folder, 'a.ifc');
    const time = new Date('2026-01-01');
    const folders = new WatchedFolders([workspace.folder], join(workspace.folder, 'results'));
    const marks: { still: string; mark: string }[] = [];
    for (const text of ['aaaa', 'bbbb']) {
      await writeFile(path, text);
      await utimes(path, time, time);
      marks.push(...(await folders.look(SIGNAL)).files);
    }
    expect(marks[1]?.still).toBe(marks[0]?.still);
    expect(marks[1]?.mark).not.toBe(marks[0]?.mark);
  });
});

describe('the content of a file', () => {
  test('a re-export with another time stamp is the same; in an archive the model counts', async () => {
    await using workspace = await Workspace.create();
    const hash = await hashOf(workspace, 'a.ifc', MODEL);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf(workspace, 'b.ifc', STAMPED)).toBe(hash);
    expect(await hashOf(workspace, 'c.ifczip', await zipOf('model.ifc', MODEL))).toBe(hash);
    expect(await hashOf(workspace, 'd.ifczip', await zipOf('other.ifc', STAMPED))).toBe(hash);
    expect(await hashOf(workspace, 'e.ifc', stepModel({ schema: 'IFC4', bytes: 3001 }))).not.toBe(hash);
  });

  test.each([
    ['empty', Buffer.alloc(0), 'is empty'],
    ['not downloaded by the cloud', Buffer.alloc(5000), 'zero bytes'],
    ['cut', MODEL.subarray(0, 2500), 'does not end with END-ISO-10303-21'],
    ['cut in its header', MODEL.subarray(0, 60), 'does not end with END-ISO-10303-21'],
    [
      'allocated in full, written in part',
      Buffer.concat([MODEL.subarray(0, 2500), Buffer.alloc(500)]),
      'does not end',
    ],
  ])('%s: not complete', async (_, bytes, why) => {
    await using workspace = await Workspace.create();
    const found = await hashOf(workspace, 'a.ifc', bytes);
    expect(found).toContain('unfinished');
    expect(found).toContain(why);
  });

  test('an archive that is cut: not complete', async () => {
    await using workspace = await Workspace.create();
    const zip = await zipOf('model.ifc', MODEL);
    expect(await hashOf(workspace, 'a.ifczip', zip.subarray(0, zip.length - 30))).toContain('unfinished');
  });

  test('a file that is gone has changed', async () => {
    await using workspace = await Workspace.create();
    expect(await inspectRevision(join(workspace.folder, 'a.ifc'), SIGNAL)).toEqual({ kind: 'changed' });
  });
});

describe('the folder of results', () => {
  test('latest is a link, which is replaced in one step; a folder that is gone gets none', async () => {
    await using workspace = await Workspace.create();
    const results = resultFolders(workspace.folder, OPTIONS);
    const latest = join(workspace.folder, 'a/latest');
    for (const name of ['1', '2']) {
      await mkdir(join(workspace.folder, 'a', name), { recursive: true });
      expect(await results.pointTo('a', `a/${name}`)).toBe(true);
      expect(await readlink(latest)).toBe(name);
    }
    expect(await results.pointTo('a', 'a/3')).toBe(false);
    expect(await readlink(latest)).toBe('2');
  });

  test('a text file from a disk without links is replaced, too', async () => {
    await using workspace = await Workspace.create();
    await mkdir(join(workspace.folder, 'a/1'), { recursive: true });
    await writeFile(join(workspace.folder, 'a/latest'), '0\n');
    await resultFolders(workspace.folder, OPTIONS).pointTo('a', 'a/1');
    expect(await readlink(join(workspace.folder, 'a/latest'))).toBe('1');
  });

  test('the state is replaced as a whole, and the folder is made again where a share came back empty', async () => {
    await using workspace = await Workspace.create();
    const root = join(workspace.folder, 'results');
    const results = resultFolders(root, OPTIONS);
    await results.saveState({ version: 1 });
    await rm(root, { recursive: true });
    await results.saveState({ version: 1, service: 's' });
    expect(JSON.parse(await readFile(join(root, '.bimservice-watch.json'), 'utf8'))).toEqual({
      version: 1,
      service: 's',
    });
  });

  test('a run in hand is known by its receipt', async () => {
    await using workspace = await Workspace.create();
    const results = resultFolders(workspace.folder, OPTIONS);
    await mkdir(join(workspace.folder, 'a/1'), { recursive: true });
    expect(await results.endIn('a/1')).toBeNull();
    await writeFile(join(workspace.folder, 'a/1/r.bcf.run.json'), '{"tool":"other","outcome":"done"}');
    expect(await results.endIn('a/1')).toBeNull();
    await writeFile(
      join(workspace.folder, 'a/1/s.bcf.run.json'),
      '{"tool":"bimservice","outcome":"refused"}',
    );
    expect(await results.endIn('a/1')).toBe('refused');
    expect(await results.endIn('a/none')).toBeNull();
  });

  test('tidying removes empty folders and nothing else', async () => {
    await using workspace = await Workspace.create();
    const results = resultFolders(workspace.folder, OPTIONS);
    await mkdir(join(workspace.folder, 'a/1'), { recursive: true });
    await mkdir(join(workspace.folder, 'a/2'), { recursive: true });
    await writeFile(join(workspace.folder, 'a/2/kept.txt'), 'x');
    await results.tidy('a/1');
    await results.tidy('a/2');
    await results.tidy('a/none');
    await expect(stat(join(workspace.folder, 'a/1'))).rejects.toThrow('ENOENT');
    expect(await readFile(join(workspace.folder, 'a/2/kept.txt'), 'utf8')).toBe('x');
  });
});
