// Makes the one-file program of this system (npm run build:single): a Node, the bundle, and the code that Node compiled of it.
//   node build/single-file.mjs [--node FILE] [--out FOLDER] [--archive]
// FILE is the Node that is put inside; without it, the one that runs this. With --archive also what a release offers is written.
// Needs dist/ (npm run build), for the help and the manual pages.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inject } from 'postject';
import { makeArchive } from './archive.mjs';
import { recordCode } from './record-code.mjs';
import { PROGRAM, roll, root, SMALL_PROGRAM, SMALL_PROGRAMS } from './roll.mjs';

/** The mark in each official Node that says whether a program was put inside (Node's manual, "Single executable applications"). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    out: { type: 'string', default: join(root, 'single') },
    archive: { type: 'boolean', default: false },
  },
});
const { node, out } = values;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'bimservice-single-'));
try {
  const names = await makeChunks();
  await recordCode(node, work);
  const blob = await makeBlob(names);
  mkdirSync(out, { recursive: true });
  const program = join(out, process.platform === 'win32' ? 'bimservice.exe' : 'bimservice');
  await makeProgram(program, blob);
  console.info(program);
  if (values.archive) console.info(await makeArchive({ program, node, version, out }));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Writes the chunks into `work/code` as functions that src/chunk-loader.ts calls, and returns their names. */
async function makeChunks() {
  const dir = join(work, 'code');
  const output = { dir, sourcemap: false };
  const program = await roll('src/main.ts', { ...PROGRAM, ...output });
  const small = [];
  for (const name of SMALL_PROGRAMS.filter((each) => each !== 'check-update'))
    small.push(...(await roll(`src/${name}.ts`, { ...SMALL_PROGRAM, ...output })));
  for (const { fileName, code } of [...program, ...small]) {
    const text = `(function (exports, require, module, __filename, __dirname) { ${code}\n})`;
    writeFileSync(join(dir, fileName), text);
  }
  return [...program, ...small].map(({ fileName }) => fileName);
}

/** What Node reads at the start: the loader, and as assets each chunk and its compiled code. */
async function makeBlob(names) {
  const main = join(work, 'single-file.cjs');
  await roll(
    'src/single-file.ts',
    { file: main, format: 'cjs', sourcemap: false },
    { VERSION: JSON.stringify(version) },
  );
  const output = join(work, 'program.blob');
  const assets = Object.fromEntries(
    names.flatMap((name) => ['code', 'compiled'].map((kind) => [`${kind}/${name}`, join(work, kind, name)])),
  );
  assets['help.txt'] = join(root, 'dist', 'help.txt');
  const config = join(work, 'single-file.json');
  const settings = { main, output, assets, useCodeCache: true, disableExperimentalSEAWarning: true };
  writeFileSync(config, JSON.stringify(settings));
  run(node, ['--experimental-sea-config', config]);
  return readFileSync(output);
}

/**
 * Puts `blob` into a copy of Node. Node 24 has no tool of its own for that (Node 25.5 and newer have `--build-sea`).
 * The warnings of LIEF about sections `.note` are about Node's own; nothing is lost.
 */
async function makeProgram(program, blob) {
  rmSync(program, { force: true });
  copyFileSync(node, program);
  chmodSync(program, 0o755);
  const isMac = process.platform === 'darwin';
  // The signature of Node does not fit the changed file; macOS runs no program without one, so it gets one without a name.
  if (isMac) run('codesign', ['--remove-signature', program]);
  if (process.platform === 'win32') run('signtool', ['remove', '/s', program]);
  await inject(program, 'NODE_SEA_BLOB', blob, {
    sentinelFuse: FUSE,
    ...(isMac ? { machoSegmentName: 'NODE_SEA' } : {}),
  });
  if (isMac) run('codesign', ['--sign', '-', program]);
}

/** Runs a tool. Shows what it printed only when it failed. */
function run(tool, words) {
  const { status, error, stdout, stderr } = spawnSync(tool, words, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${tool} ${words.join(' ')}: ${error?.message ?? status}\n${stdout}${stderr}`);
}
