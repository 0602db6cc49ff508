import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  link,
  mkdtemp,
  open,
  rename,
  rm,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import type { ModelSource } from '../../src/core/ports/model.js';
import { openModel } from '../../src/io/model/model-source.js';
import { LARGE_MODEL_BYTES } from '../../src/io/model/piece-ring.js';

const MIB = 1024 * 1024;
const MODEL = Buffer.from(
  "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC2X3'));\nENDSEC;\nDATA;\n#1=IFCWALL('\xfc\x93');\nENDSEC;\nEND-ISO-10303-21;\n",
  'latin1',
);
const big = Buffer.concat([MODEL.subarray(0, -18), Buffer.alloc(3 * MIB + 5, ' '), MODEL.subarray(-18)]);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-source-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
async function file(bytes: Buffer): Promise<string> {
  const path = join(folder, `${++count}.ifc`);
  await writeFile(path, bytes);
  return path;
}

async function zip(entries: Record<string, Buffer>, compress = true): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, bytes] of Object.entries(entries)) archive.addBuffer(bytes, name, { compress });
  archive.end();
  return buffer(archive.outputStream);
}

async function bodyOf(source: ModelSource, afterFirst?: () => Promise<unknown>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.body()) {
    if (pieces.push(piece) === 1) await afterFirst?.();
  }
  return Buffer.concat(pieces);
}

function reasonOf({ detected }: ModelSource): string {
  return detected.kind === 'refused' ? detected.reason : detected.type;
}

describe('a large file', () => {
  /** The memory that the pieces of a body lie in. */
  async function memoryOf(source: ModelSource): Promise<Set<ArrayBufferLike>> {
    const met = new Set<ArrayBufferLike>();
    for await (const piece of source.body()) met.add(piece.buffer);
    return met;
  }

  async function largeFile(): Promise<string> {
    const path = await file(MODEL);
    await truncate(path, LARGE_MODEL_BYTES);
    return path;
  }

  it('uses four buffers, which the next reading reuses only after it is closed', async () => {
    const paths = [await largeFile(), await largeFile(), await largeFile()] as const;
    const first = await openModel(paths[0]);
    const memory = await memoryOf(first);
    expect(memory.size).toBe(4);
    await using second = await openModel(paths[1]);
    // Read again while it is open: its first reading may not have ended everywhere.
    for (const other of [second, first]) {
      const met = await memoryOf(other);
      expect([...met].filter((buffer) => memory.has(buffer))).toEqual([]);
      if (other === first) for (const buffer of met) memory.add(buffer);
    }
    await first[Symbol.asyncDispose]();
    await using third = await openModel(paths[2]);
    expect([...(await memoryOf(third))].filter((buffer) => !memory.has(buffer))).toEqual([]);
  });
});

describe('a file', () => {
  it('is sent byte for byte, with its length', async () => {
    const path = await file(big);
    await using source = await openModel(path);
    expect(source).toMatchObject({ path, length: big.length });
    expect(source.detected).toEqual({ kind: 'model', type: 'IFC_STEP_2X3TC1', warnings: [] });
    expect((await bodyOf(source)).equals(big)).toBe(true);
    // After a refusal the model may be sent again in another way.
    expect(source.repeatable).toBe(true);
    expect((await bodyOf(source)).equals(big)).toBe(true);
  });

  it('is sent in pieces of at most 1 MiB, each valid until the second piece after it is requested', async () => {
    const bytes = Buffer.concat([big, randomBytes(9 * MIB + 7)]);
    await using source = await openModel(await file(bytes));
    let at = 0;
    let before: { piece: Uint8Array; from: number } | null = null;
    for await (const piece of source.body()) {
      expect(piece.byteLength).toBeLessThanOrEqual(MIB);
      // The one that is still on its way when the next is there.
      if (before !== null)
        expect(bytes.subarray(before.from, before.from + before.piece.length).equals(before.piece)).toBe(
          true,
        );
      expect(bytes.subarray(at, at + piece.length).equals(piece)).toBe(true);
      before = { piece, from: at };
      at += piece.length;
    }
    expect(at).toBe(bytes.length);
  });

  it('that is not a model is refused, and can still be sent', async () => {
    await using source = await openModel(await file(Buffer.from('#dummy')));
    expect(source.detected).toMatchObject({ kind: 'refused', reason: 'not-a-model' });
    expect(source.length).toBe(6);
    expect((await bodyOf(source)).toString()).toBe('#dummy');
  });

  it('of 0 bytes has the length 0 and the reason "empty" (B095)', async () => {
    await using source = await openModel(await file(Buffer.alloc(0)));
    expect(source.length).toBe(0);
    expect(source.detected).toMatchObject({ kind: 'refused', reason: 'empty' });
    expect((await bodyOf(source)).length).toBe(0);
  });

  it.each<[string, () => string, RegExp]>([
    ['missing', () => join(folder, 'none.ifc'), /none\.ifc: there is no such file/],
    [
      'below a file',
      () => join(fileURLToPath(import.meta.url), 'x.ifc'),
      /a part of its path is not a folder/,
    ],
    ['a directory (B103)', () => folder, /is a folder, not a model/],
  ])('%s is unreadable', async (_, path, said) => {
    await expect(openModel(path())).rejects.toMatchObject({
      code: 'model-unreadable',
      exitCode: 7,
      message: expect.stringMatching(said),
    });
  });

  it('gives a hint for a directory', async () => {
    await expect(openModel(folder)).rejects.toMatchObject({ hint: expect.stringContaining('*.ifc') });
  });

  it.skipIf(!existsSync('/proc/self/mem'))(
    'with a read error is unreadable, without a crash (B103)',
    async () => {
      await expect(openModel('/proc/self/mem')).rejects.toMatchObject({
        code: 'model-unreadable',
        message: expect.stringMatching(/\/proc\/self\/mem: the disk .* read error/),
      });
    },
  );

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['renamed', (path) => rename(path, `${path}.old`)],
    ['linked', (path) => link(path, `${path}.link`)],
    ['given other rights', (path) => chmod(path, 0o640)],
  ])('may be %s meanwhile', async (_, change) => {
    const path = await file(big);
    await using source = await openModel(path);
    expect((await bodyOf(source, () => change(path))).length).toBe(big.length);
  });

  it('may be deleted while it is sent', async () => {
    const path = await file(big);
    await using source = await openModel(path);
    expect((await bodyOf(source, () => unlink(path))).length).toBe(big.length);
  });

  it.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    ['grows', (path) => appendFile(path, 'x'), /became longer/],
    ['shrinks', (path) => truncate(path, 2 * MIB), /became shorter/],
    ['is written to', (path) => utimes(path, 1, 1), /was written to/],
    ['is replaced', async (path) => rename(await file(big), path), /was replaced/],
    ['is written to, and its time set back', writeAndSetBack, /was written to/],
  ])('that %s meanwhile is noticed before its last piece is out', async (_, change, said) => {
    const path = await file(big);
    await utimes(path, 1000, 1000);
    await using source = await openModel(path);
    let sent = 0;
    const read = async () => {
      for await (const piece of source.body()) {
        if (sent === 0) await change(path);
        sent += piece.byteLength;
      }
    };
    await expect(read()).rejects.toMatchObject({
      code: 'model-changed',
      exitCode: 7,
      message: expect.stringMatching(said),
    });
    expect(sent).toBeLessThan(big.length);
  });
});

describe('a zip archive', () => {
  it.each([
    [true, 'deflated'],
    [false, 'stored'],
  ])('with one model (%s: %s) is unpacked on the way', async (compress) => {
    const bytes = await zip({ '__MACOSX/._a.ifc': MODEL, 'x/a.IFC': big, 'readme.txt': MODEL }, compress);
    await using source = await openModel(await file(bytes));
    expect(source.length).toBe(big.length);
    expect(reasonOf(source)).toBe('IFC_STEP_2X3TC1');
    expect((await bodyOf(source)).equals(big)).toBe(true);
  });

  it.each<[string, Record<string, Buffer>, string]>([
    ['without a model', { 'readme.txt': MODEL }, 'zip-without-model'],
    ['with two', { 'a.ifc': MODEL, 'b.ifcxml': MODEL }, 'zip-with-several-models'],
    [
      'of BCF, even with a model inside',
      { 'bcf.version': MODEL, 'a/markup.bcf': MODEL, 'a.ifc': MODEL },
      'zip-without-model',
    ],
    ['of BCF 1.0', { 'a/markup.bcf': MODEL, 'a.ifc': MODEL }, 'zip-without-model'],
    ['of a workbook', { '[Content_Types].xml': MODEL, 'xl/workbook.xml': MODEL }, 'zip-without-model'],
    ['with something else under a model name', { 'a.ifc': Buffer.from('<html>') }, 'html'],
  ])('%s is refused', async (_, entries, reason) => {
    const bytes = await zip(entries);
    await using source = await openModel(await file(bytes));
    expect(reasonOf(source)).toBe(reason);
    expect(source.length).toBe(bytes.length);
    expect((await bodyOf(source)).equals(bytes)).toBe(true);
  });

  it('uses an XML or JSON file as the model only if there is no IFC file', async () => {
    const json = Buffer.from('{"type":"ifcJSON","schemaIdentifier":"IFC4"}');
    await using one = await openModel(await file(await zip({ 'a.json': json, 'readme.txt': MODEL })));
    expect(reasonOf(one)).toBe('IFC_JSON_4');
    await using two = await openModel(await file(await zip({ 'settings.json': json, 'a.ifc': MODEL })));
    expect(reasonOf(two)).toBe('IFC_STEP_2X3TC1');
  });

  it('cut off is refused', async () => {
    await using source = await openModel(await file((await zip({ 'a.ifc': MODEL })).subarray(0, -10)));
    expect(reasonOf(source)).toBe('zip-damaged');
  });

  it('names of entries are never paths', async () => {
    const bytes = await zip({ 'aa/a.ifc': MODEL });
    const evil = Buffer.from(bytes.toString('latin1').replaceAll('aa/a.ifc', '../a.ifc'), 'latin1');
    await using source = await openModel(await file(evil));
    expect((await bodyOf(source)).equals(MODEL)).toBe(true);
  });

  it('with a wrong checksum is refused when the whole model was inspected', async () => {
    const bytes = await zip({ 'a.ifc': MODEL }, false);
    bytes.write('#2', bytes.indexOf('#1='));
    await using source = await openModel(await file(bytes));
    expect(source.detected).toMatchObject({
      reason: 'zip-damaged',
      message: expect.stringMatching(/checksum/),
    });
  });

  it('with a wrong checksum in a big model fails before the last piece', async () => {
    const bytes = await zip({ 'a.ifc': big }, false);
    bytes.write('END-ISO-1O303-21', bytes.indexOf('END-ISO-10303-21'));
    await using source = await openModel(await file(bytes));
    expect(reasonOf(source)).toBe('IFC_STEP_2X3TC1');
    let sent = 0;
    const read = async () => {
      for await (const piece of source.body()) sent += piece.byteLength;
    };
    await expect(read()).rejects.toMatchObject({
      code: 'model-unreadable',
      message: expect.stringMatching(/checksum of a\.ifc is wrong/),
    });
    expect(sent).toBeLessThan(big.length);
  });

  it('never yields more bytes than its directory says', async () => {
    const bytes = await zip({ 'a.ifc': big });
    const directory = bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1');
    bytes.writeUInt32LE(2 * MIB, directory + 24);
    await using source = await openModel(await file(bytes));
    expect(source.length).toBe(2 * MIB);
    let sent = 0;
    const read = async () => {
      for await (const piece of source.body()) sent += piece.byteLength;
    };
    await expect(read()).rejects.toMatchObject({
      code: 'model-unreadable',
      message: expect.stringMatching(/damaged/),
    });
    expect(sent).toBeLessThan(2 * MIB);
  });
});

describe('a stream', () => {
  it('from stdin is inspected and then sent completely, without a length', async () => {
    const pieces = [big.subarray(0, 7), big.subarray(7, 2 * MIB), big.subarray(2 * MIB)];
    await using source = await openModel('-', { stdin: Readable.from(pieces) });
    expect(source).toMatchObject({ path: '-', length: null });
    expect(source.detected).toEqual({ kind: 'model', type: 'IFC_STEP_2X3TC1', warnings: [] });
    expect((await bodyOf(source)).equals(big)).toBe(true);
  });

  it('that is short is judged by its end, too', async () => {
    await using source = await openModel('-', { stdin: Readable.from([MODEL.subarray(0, 70)]) });
    expect(source.detected).toMatchObject({
      type: 'IFC_STEP_2X3TC1',
      warnings: [expect.stringMatching(/cut off/)],
    });
    expect((await bodyOf(source)).length).toBe(70);
  });

  it.each<[string, Buffer[], string]>([
    ['without bytes', [], 'empty'],
    ['of a zip archive', [Buffer.from('PK\x03\x04')], 'zip-on-a-stream'],
  ])('%s is refused', async (_, pieces, reason) => {
    await using source = await openModel('-', { stdin: Readable.from(pieces) });
    expect(reasonOf(source)).toBe(reason);
  });

  it('needs a stdin', async () => {
    await expect(openModel('-')).rejects.toMatchObject({ code: 'usage' });
  });

  it('that breaks is unreadable', async () => {
    async function* broken() {
      yield big.subarray(0, 2 * MIB);
      throw Object.assign(new Error('read EIO'), { code: 'EIO' });
    }
    await using source = await openModel('-', { stdin: broken() });
    await expect(bodyOf(source)).rejects.toMatchObject({
      code: 'model-unreadable',
      message: expect.stringMatching(/standard input: .*read error/),
    });
  });

  it('that hangs does not keep its owner from leaving', async () => {
    async function* hanging() {
      yield big.subarray(0, 2 * MIB);
      await new Promise(() => {});
    }
    const source = await openModel('-', { stdin: hanging() });
    const body = source.body()[Symbol.asyncIterator]();
    await body.next();
    void body.next();
    await source[Symbol.asyncDispose]();
    expect(source.length).toBeNull();
  });

  it.skipIf(process.platform === 'win32')('from a FIFO is read like stdin', async () => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    createWriteStream(path).end(big);
    await using source = await openModel(path);
    expect(source).toMatchObject({ path, length: null });
    expect(reasonOf(source)).toBe('IFC_STEP_2X3TC1');
    expect((await bodyOf(source)).equals(big)).toBe(true);
  });
});

/** As some editors and `cp --preserve` do: other bytes of the same length, under the time of before. */
async function writeAndSetBack(path: string): Promise<void> {
  await using handle = await open(path, 'r+');
  await handle.write(Buffer.from('OTHER'), 0, 5, 2 * MIB);
  await handle.utimes(1000, 1000);
}
