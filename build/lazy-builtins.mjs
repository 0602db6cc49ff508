// Node's own modules that are slow to load (crypto: a fifth of a bare start) are loaded at the first call of one of their
// functions. In the sources they are ordinary imports; the bundle gets a function that loads the module in place of each.
import { createRequire } from 'node:module';
import { sep } from 'node:path';

const require = createRequire(import.meta.url);

/** Only modules whose functions do not depend on `this`, and that are imported by the names of functions. */
const LAZY = [
  'node:child_process',
  'node:crypto',
  'node:fs/promises',
  'node:os',
  'node:sea',
  'node:timers/promises',
];
const PREFIX = '\0lazy:';

/**
 * A plugin of rolldown. A constant or a default import of these modules from `folder` is an error of the build, because it
 * would have to be loaded at once.
 * @param {string} folder
 * @returns {import('rolldown').Plugin}
 */
export function lazyBuiltins(folder) {
  return {
    name: 'lazy-builtins',
    // Not a `require`: the thread that hashes is a text of source of its own, which sees nothing of the bundle.
    resolveId: (id, importer, { kind }) =>
      kind === 'import-statement' && LAZY.includes(id) && importer?.startsWith(folder + sep)
        ? `${PREFIX}${id}`
        : null,
    load: (id) => (id.startsWith(PREFIX) ? wrappersOf(id.slice(PREFIX.length)) : null),
  };
}

/**
 * One function for each function of the module. A class is loaded by `new`.
 * @param {string} id
 */
function wrappersOf(id) {
  const names = Object.entries(require(id)).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  );
  const functions = names.map(
    (name) =>
      `export function ${name}(...all) { return new.target ? new (loaded().${name})(...all) : loaded().${name}(...all); }`,
  );
  return [`const loaded = () => process.getBuiltinModule('${id}');`, ...functions].join('\n');
}
