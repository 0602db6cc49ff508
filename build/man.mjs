// Writes the manual pages and the text of `bimservice --help` into dist/ (npm run build), from the command tree.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// The same source gives the same pages: the date is that of the release, which the changelog has.
const date = /^## \[\d[^\]]*\] - (\S+)/m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))?.[1] ?? '';
const folder = join(root, 'dist', 'man');

const { createProgram, manPages } = await fromSource('build/man-entry.ts');
const help = [];
const none = { write: () => true };
const stdout = { write: (text) => help.push(text), columns: 80 };
const program = createProgram(['help'], { version, stdout, stderr: none, env: {} }, async () => 0);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, text] of manPages(program, { version, date })) writeFileSync(join(folder, name), text);
program.outputHelp();
writeFileSync(join(root, 'dist', 'help.txt'), help.join(''));

/** A module of the source, bundled into a file that is removed again. Commands are not loaded: they stay outside. */
async function fromSource(input) {
  const file = join(tmpdir(), `bimservice-man-${process.pid}.mjs`);
  const build = await rolldown({
    input: join(root, input),
    cwd: root,
    platform: 'node',
    external: [/[\\/](?:commands|context)[\\/.]/],
    logLevel: 'silent',
  });
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file, { force: true });
  }
}
