#!/usr/bin/env node
// CommonJS (see package.json beside this), as the bundle is. Node 22 and later keep its compiled code for the next start.
const [only, ...more] = process.argv.slice(2);
const isVersion = only === '--version' || only === '-V';
const isHelp = only === '--help' || only === '-h';

if (more.length === 0 && isVersion) {
  print(`${require('../package.json').version}\n`);
} else if (more.length === 0 && isHelp && !require('node:fs').fstatSync(1).isCharacterDevice()) {
  // On a terminal the help has its width. Everywhere else it has 80 columns, and is made when the package is built.
  print(require('node:fs').readFileSync(`${__dirname}/../dist/help.txt`));
} else {
  require('node:module').enableCompileCache?.();
  require('../dist/main.cjs').main();
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
