// The linter still refuses what the rules of the project forbid; `npm run check` applies them to all files.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cleanEnvironment, spawnProgram } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Text that is written to files: nothing here is code of the project. */
const FORBIDDEN = {
  noExplicitAny: 'export const a = JSON.parse("1") as any;\n',
  noTsIgnore: '// @ts-ignore\nexport const a: string = 1;\n',
  noNonNullAssertion: 'export const a = [1].at(0)!.toFixed();\n',
  noUnusedImports: "import { readFile } from 'node:fs/promises';\n",
  useNodejsImportProtocol: "export { join } from 'path';\n",
  useImportType: "import { Stats } from 'node:fs';\nexport const a = (b: Stats) => b.size;\n",
};

test('a cast to any, a silenced checker, a non-null assertion and their like are errors', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-lint-'));
  try {
    for (const [rule, source] of Object.entries(FORBIDDEN))
      await writeFile(join(folder, `${rule}.ts`), source);
    const biome = fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome'));
    const argv = ['lint', `--config-path=${ROOT}`, '--reporter=github', folder];
    const { code, stdout } = await spawnProgram(process.execPath, [biome, ...argv], {
      cwd: ROOT,
      env: cleanEnvironment(),
    });
    const errors = stdout
      .split('\n')
      .map((line) => /^::error title=lint\/\w+\/(\w+),file=.*?(\w+)\.ts,/.exec(line))
      .flatMap((match) => (match === null ? [] : [`${match[2]}.ts: ${match[1]}`]));
    expect(errors.sort()).toEqual(
      Object.keys(FORBIDDEN)
        .map((rule) => `${rule}.ts: ${rule}`)
        .sort(),
    );
    expect(code).not.toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
