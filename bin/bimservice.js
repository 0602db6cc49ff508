#!/usr/bin/env node
// CommonJS (see package.json beside this), as the bundle is. Node 22 and later keep its compiled code for the next start.
const [only, ...more] = process.argv.slice(2);

if ((only === '--version' || only === '-V') && more.length === 0) {
  // What scripts ask most needs no command line to be parsed.
  process.stdout.on('error', () => {});
  process.stdout.write(`${require('../package.json').version}\n`);
} else {
  require('node:module').enableCompileCache?.();
  require('../dist/main.cjs').main();
}
