// npm run docs: builds the site into .site/ and checks its links. `npm run docs -- dev` serves it, with each change at once.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLinks } from './check-links.mjs';
import { nameOf } from './pages.mjs';

const SITE = fileURLToPath(new URL('./', import.meta.url));
const ROOT = join(SITE, '..');
const OUT = join(ROOT, '.site');
const PAGES = join(SITE, '.pages');

/** Runs a command in the folder of the site. A failure ends this program with its exit status. */
function run(program, ...argv) {
  const { status, error } = spawnSync(program, argv, {
    cwd: SITE,
    stdio: 'inherit',
    // On Windows npm is a script.
    shell: program === 'npm' && process.platform === 'win32',
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** VitePress reads pages only below its own folder. */
function copyPages() {
  mkdirSync(PAGES, { recursive: true });
  const files = readdirSync(join(ROOT, 'docs')).filter((name) => /\.(?:md|svg)$/.test(name));
  for (const file of ['README.md', ...files.map((name) => `docs/${name}`)])
    cpSync(join(ROOT, file), join(PAGES, nameOf(file)));
}

const installed = join(SITE, 'node_modules', '.package-lock.json');
const lock = join(SITE, 'package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs)
  run('npm', 'ci', '--loglevel=error');

const vitepress = join(SITE, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
rmSync(PAGES, { recursive: true, force: true });
copyPages();
if (process.argv[2] === 'dev') {
  const server = spawn(process.execPath, [vitepress, 'dev'], { cwd: SITE, stdio: 'inherit' });
  server.on('exit', (code) => process.exit(code ?? 0));
  for (const name of ['README.md', 'docs']) watch(join(ROOT, name), copyPages);
} else {
  run(process.execPath, vitepress, 'build');
  const { pages, links, problems } = await checkLinks(OUT, '/bimservice/');
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
  console.log(`.site: ${pages} pages, ${links} links checked`);
}
