// The start of the one-file program, which has Node inside: it is `bin/bimservice.js`, and runs the bundle from its own assets.
import { fstatSync } from 'node:fs';
import { getRawAsset } from 'node:sea';
import { createChunkLoader } from './chunk-loader.js';
import type { Runtime } from './runtime.js';
import { CONTAINED, wordOf } from './small-programs.js';

/** The version of the package. The build puts the text here (build/single-file.mjs). */
declare const VERSION: string;

const [only = '', ...more] = process.argv.slice(2);

if (more.length === 0 && (only === '--version' || only === '-V')) {
  print(`${VERSION}\n`);
} else if (more.length === 0 && (only === '--help' || only === '-h') && !fstatSync(1).isCharacterDevice()) {
  // On a terminal the help has its width. Everywhere else it has 80 columns, and is made when the program is built.
  print(asset('help.txt'));
} else {
  // No folder of the system: nothing can lie below a file, so no part of the bundle finds a file of someone else beside itself.
  const load = createChunkLoader(process.execPath, (name) => ({
    code: asset(`code/${name}`),
    compiled: asset(`compiled/${name}`),
  }));
  // This program starts a small one with such a word and a channel; a person has no channel.
  const small = process.send === undefined ? undefined : CONTAINED.find((name) => only === wordOf(name));
  if (small === undefined) start(load('main.cjs'));
  else load(`${small}.cjs`);
}

/** Prints what scripts ask most: it needs no command line to be parsed. */
function print(text: string | Buffer): void {
  process.stdout.on('error', () => {});
  process.stdout.write(text);
}

/** Calls `main` of the bundle of `src/main.ts`. */
function start(bundle: object): void {
  if (!('main' in bundle) || typeof bundle.main !== 'function') throw new Error('the bundle has no main');
  const overrides: Partial<Runtime> = { version: VERSION };
  bundle.main(overrides);
}

/** The bytes where they lie in the program. Throws where the program has no such asset. */
function asset(key: string): Buffer {
  const bytes = getRawAsset(key);
  return typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes);
}
