// Packs the one-file program with its licenses and manual pages, as a release offers it: .tar.gz, and .zip for Windows.
import { execFileSync } from 'node:child_process';
import { cpSync, createWriteStream, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import { root } from './roll.mjs';

/** The systems that a release has a program for, in the words that Node has for its own downloads. */
export const SYSTEMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'win-x64'];

/** The name of the folder in the archive of a system; the archive has an ending more. */
export const folderName = (version, system) => `bimservice-${version}-${system}`;

/** The name of the archive of a system. */
export const archiveName = (version, system) =>
  `${folderName(version, system)}${system.startsWith('win-') ? '.zip' : '.tar.gz'}`;

/** The system that this runs on, such as `linux-x64`. */
const thisSystem = () => `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** Writes the archive of `program` into `out` and returns its path. `node` is what is inside: its license comes from beside it. */
export async function makeArchive({ program, node, version, out, system = thisSystem() }) {
  const name = folderName(version, system);
  const folder = join(out, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(program, join(folder, basename(program)));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  for (const file of ['LICENSES.txt', 'sbom.cdx.json']) cpSync(join(root, 'dist', file), join(folder, file));
  cpSync(nodeLicense(node), join(folder, 'LICENSE-NODE.txt'));
  cpSync(join(root, 'dist', 'man'), join(folder, 'man'), { recursive: true });
  const archive = join(out, archiveName(version, system));
  if (archive.endsWith('.zip')) await zip(folder, archive);
  else execFileSync('tar', ['-czf', archive, '-C', out, name], { stdio: 'inherit' });
  rmSync(folder, { recursive: true });
  return archive;
}

/** In a download of Node it is above `bin`, on Windows beside the program. The program contains Node, so its terms belong to it. */
function nodeLicense(node) {
  const folder = dirname(realpathSync(node));
  const found = [join(folder, '..', 'LICENSE'), join(folder, 'LICENSE')].find((path) =>
    statSync(path, { throwIfNoEntry: false })?.isFile(),
  );
  if (found === undefined)
    throw new Error(`there is no LICENSE of Node beside ${node}: use a Node from nodejs.org`);
  return found;
}

async function zip(folder, archive) {
  const file = new yazl.ZipFile();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    file.addFile(path, join(basename(folder), path.slice(folder.length + 1)).replaceAll('\\', '/'));
  }
  file.end();
  await pipeline(file.outputStream, createWriteStream(archive));
}
