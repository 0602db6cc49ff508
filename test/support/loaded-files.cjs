// Preloaded into the program: writes the files and modules of Node that it has loaded, one a line, to the file that
// LOADED_FILES names.
const { writeFileSync } = require('node:fs');

const target = process.env.LOADED_FILES;
process.on('exit', () =>
  writeFileSync(target, [...Object.keys(require.cache), ...process.moduleLoadList].join('\n')),
);
