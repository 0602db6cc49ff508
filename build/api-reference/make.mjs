// Makes the API reference in .api-reference (npm run docs:api). A warning of typedoc is an error: a type that is used and not
// exported, a link that leads nowhere.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
// Its packages are not beside the sources, where the tests of pages would read them.
const tools = fileURLToPath(new URL('../../.api-reference/tools/', import.meta.url));

mkdirSync(tools, { recursive: true });
cpSync(join(here, 'package.json'), join(tools, 'package.json'));
run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']);
run(process.execPath, ['node_modules/typedoc/bin/typedoc', '--options', join(here, 'typedoc.json')]);

function run(program, words) {
  const { status } = spawnSync(program, words, {
    cwd: tools,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
