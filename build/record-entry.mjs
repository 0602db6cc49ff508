// Runs one command line from the chunks in a folder, as the one-file program does, and keeps what V8 compiled meanwhile.
// build/single-file.mjs bundles it and runs it with the Node that the program gets: compiled code fits one version only.
//   node record.cjs FOLDER [WORD...]
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { createChunkLoader } from '../src/chunk-loader.ts';

const [folder, ...words] = process.argv.slice(2);
const code = join(folder, 'code');
const compiled = join(folder, 'compiled');

if (words.length === 0) compileAll();
else recordRun();

/** Compiles what the engine compiles at once. The runs add the functions that they call. */
function compileAll() {
  for (const name of readdirSync(code, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.cjs')) keep(name, new Script(readFileSync(join(code, name), 'utf8')));
  }
}

function recordRun() {
  const scripts = new Map();
  const read = (name) => ({
    code: readFileSync(join(code, name)),
    compiled: existsSync(join(compiled, name)) ? readFileSync(join(compiled, name)) : undefined,
  });
  const load = createChunkLoader(process.execPath, read, (name, script) => {
    if (script.cachedDataRejected) throw new Error(`Node does not take the compiled code of ${name}`);
    scripts.set(name, script);
  });
  process.on('exit', () => {
    for (const [name, script] of scripts) keep(name, script);
  });
  process.argv = [process.execPath, process.execPath, ...words];
  load('main.cjs').main({ version: '0.0.0' });
}

function keep(name, script) {
  const path = join(compiled, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script.createCachedData());
}
