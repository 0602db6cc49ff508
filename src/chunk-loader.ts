// Runs the chunks of the bundle from memory, with code that was compiled when the one-file program was built.
import { createRequire, isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { Script } from 'node:vm';

/** A chunk: its source as the function that is called below, and what V8 compiled of it; without `compiled` it is compiled at once. */
export interface Chunk {
  code: Buffer;
  compiled?: Buffer;
}

/**
 * A function that runs the chunk of a name (`main.cjs`, `chunks/x.cjs`) once and returns its exports. `root` stands for the
 * folder of the chunks in paths and stack traces. `onScript` gets each script before it runs.
 * A chunk gets Node's own modules and other chunks, and no package from outside: for these it gets `MODULE_NOT_FOUND`.
 */
export function createChunkLoader(
  root: string,
  read: (name: string) => Chunk,
  onScript: (name: string, script: Script) => void = () => {},
): (name: string) => object {
  const modules = new Map<string, { exports: object }>();
  const builtins = createRequire(root);
  const outside = (id: string): unknown => {
    if (isBuiltin(id)) return builtins(id);
    throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
  };
  const load = (name: string): object => {
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const { code, compiled } = read(name);
    const filename = join(root, name);
    const script = new Script(code.toString('utf8'), {
      filename,
      ...(compiled === undefined ? {} : { cachedData: compiled }),
    });
    onScript(name, script);
    const module = { exports: {} };
    // Known before it runs: chunks may need each other.
    modules.set(name, module);
    const folder = posix.dirname(name);
    const require = (id: string): unknown =>
      id.startsWith('.') ? load(posix.join(folder, id)) : outside(id);
    script.runInThisContext()(module.exports, require, module, filename, join(root, folder));
    return module.exports;
  };
  return load;
}
