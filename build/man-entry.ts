// What build/man.mjs needs of the source.
export { manPages } from '../src/cli/man-pages.js';
export { createProgram } from '../src/cli/program.js';
