// Programs of users of the library: typed against the built package, compiled, and run as processes of their own.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, spawnProgram } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A folder of a program that has `bimservice` in its node_modules. */
export class ProgramFolder implements AsyncDisposable {
  readonly path: string;

  static async create(): Promise<ProgramFolder> {
    const path = await mkdtemp(join(tmpdir(), 'bimservice-library-'));
    await mkdir(join(path, 'node_modules/@types'), { recursive: true });
    await symlink(ROOT, join(path, 'node_modules/bimservice'), 'junction');
    for (const name of ['@types/node', 'undici-types'])
      await symlink(join(ROOT, 'node_modules', name), join(path, 'node_modules', name), 'junction');
    await writeFile(join(path, 'package.json'), '{"type":"module","private":true}');
    return new ProgramFolder(path);
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** Checks the types of `files` (name to text) and compiles them; what tsc says, empty when all is well. */
  async compile(files: Readonly<Record<string, string>>, moduleResolution = 'node16'): Promise<string> {
    const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2022'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      // The declarations of the package are checked, too.
      skipLibCheck: false,
      outDir: `out-${moduleResolution}`,
      rootDir: '.',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.path, name), text);
    await writeFile(
      join(this.path, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: Object.keys(files) }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    return (
      await spawnProgram(process.execPath, [tsc, '-p', '.'], { cwd: this.path, env: cleanEnvironment() })
    ).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
