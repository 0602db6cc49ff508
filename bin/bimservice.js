#!/usr/bin/env node
// CommonJS (see package.json beside this), as the bundle is.
const [only = '', ...more] = process.argv.slice(2);
const isVersion = only === '--version' || only === '-V';
const isHelp = only === '--help' || only === '-h';

if (more.length === 0 && isVersion) {
  print(`${require('../package.json').version}\n`);
} else if (more.length === 0 && isHelp && !require('node:fs').fstatSync(1).isCharacterDevice()) {
  // On a terminal the help has its width. Everywhere else it has 80 columns, and is made when the package is built.
  print(require('node:fs').readFileSync(`${__dirname}/../dist/help.txt`));
} else {
  load().main();
}

/**
 * Prints what scripts ask most. It needs no command line to be parsed, and no stream of Node.
 * @param {string | Uint8Array} text
 */
function print(text) {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(require('node:fs').writeSync(1, rest));
  } catch (error) {
    // The reader is slow: the stream waits for it. A reader that went away wants no more.
    if (error.code === 'EAGAIN') process.stdout.on('error', () => {}).write(rest);
  }
}

/** The program, with the compiled code of an earlier start. Node's switch for its own compile cache is ours too. */
function load() {
  const main = require('node:path').join(__dirname, '..', 'dist', 'main.cjs');
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return require(main);
  const { loadCached, privateFolder } = require('./code-cache.js');
  const folder = privateFolder(require('node:os').tmpdir());
  if (folder === undefined) return require(main);
  // For the other files. Node 22 and later have it.
  require('node:module').enableCompileCache?.(folder);
  // Also two small files, for which Node's own loader takes a millisecond each.
  const shared = /[/\\](?:reading|(?:rolldown-runtime|env-paths)-[\w-]+)\.cjs$/;
  return loadCached(main, shared, folder, /^[a-z]{1,20}$/.test(only) ? only : 'options');
}
