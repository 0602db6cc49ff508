// `npm run test:peers`: fetches a released BIMserver with Maven, and runs every test against a peer. `-- --bimserver 1.5.182` takes another release,
// and `-- real-bimserver` runs only some of the tests.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import envPaths from 'env-paths';
import { sha256Of } from './file-hash.mjs';

const OLDEST_JAVA = 17;
/** The releases, each with the plug-ins of its time, and the SHA-256 of the files: they are run on this machine. */
const RELEASES = {
  '1.5.186': [
    ['bimserverjar', '1.5.186', '9aaef4b8151e9447df7aafdc877ff53d580ddf96f8adb3b507c38e2799b81946'],
    ['ifcplugins', '0.0.106', '81418104117a94e027f39292e0af3d6b23f3be731cefe6033af4603502e8826b'],
  ],
  '1.5.182': [
    ['bimserverjar', '1.5.182', 'f559fa81154915fecddae0b1bf8961e8babc950a3ff9133f0c7df1c3e4c1d381'],
    ['ifcplugins', '0.0.102', '6adbe362857e2c6909fc59f0a5c9de472150d4ba27082f9e970f41aa167001c8'],
  ],
};
const VARIABLES = { bimserverjar: 'BIMSERVICE_BIMSERVER_JAR', ifcplugins: 'BIMSERVICE_IFCPLUGINS_JAR' };

const { values, positionals } = parseArgs({
  options: { bimserver: { type: 'string', default: '1.5.186' }, fetch: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const folder = envPaths('bimservice-peers', { suffix: '' }).cache;
const jars = RELEASES[values.bimserver];
if (jars === undefined) {
  end(`There is no release ${values.bimserver} here. There are: ${Object.keys(RELEASES).join(', ')}.`);
}

console.info(
  `test:peers needs a JDK (java, javac, jar) of version ${OLDEST_JAVA} or newer, Maven (mvn), 2 GB of memory, and 120 MB for BIMserver ${values.bimserver} in ${folder}.`,
);
const missing = [...missingTools(), ...(jars.every(isFetched) ? [] : missingMaven())];
if (missing.length > 0) end(missing.join('\n'));
for (const jar of jars) await fetchJar(jar);
if (values.fetch) process.exit(0);

const env = { ...process.env, BIMSERVICE_PEER_TESTS: '1' };
for (const jar of jars) env[VARIABLES[jar[0]]] = pathOf(jar);
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
// Only a whole run makes the page.
const part = positionals.length === 0 ? [] : ['--reporter=default', ...positionals];
const argv = [vitest, 'run', '--config', 'vitest.peers.config.ts', ...part];
process.exit(spawnSync(process.execPath, argv, { env, stdio: 'inherit' }).status ?? 1);

function missingTools() {
  const advice = `Install a JDK of version ${OLDEST_JAVA} or newer (Debian: apt-get install openjdk-17-jdk-headless; macOS: brew install openjdk).`;
  const absent = ['java', 'javac', 'jar'].filter((name) => run(name, ['-version']) === null);
  if (absent.length > 0) return [`Not on PATH: ${absent.join(', ')}. ${advice}`];
  // `1.8.0_392`, `17.0.15`.
  const version = /version "(?:1\.)?(\d+)/.exec(run('java', ['-version']) ?? '')?.[1];
  return Number(version) >= OLDEST_JAVA ? [] : [`This Java is version ${version}. ${advice}`];
}

function missingMaven() {
  return run('mvn', ['--version']) === null
    ? ['Not on PATH: mvn. Install Maven (Debian: apt-get install maven; macOS: brew install maven).']
    : [];
}

/** What a tool writes; null where it is not installed. An old `jar` has no -version and says so with an error. */
function run(name, argv) {
  const done = spawnSync(name, argv, { encoding: 'utf8', shell: process.platform === 'win32' });
  return done.error === undefined && done.status !== 127 ? done.stdout + done.stderr : null;
}

function pathOf([name, version]) {
  return join(folder, `${name}-${version}.jar`);
}

function isFetched(jar) {
  return existsSync(pathOf(jar));
}

/** The file is in its place only when it is whole and the one that is expected. */
async function fetchJar(jar) {
  const [name, version, sha256] = jar;
  const path = pathOf(jar);
  if (!isFetched(jar)) {
    mkdirSync(folder, { recursive: true });
    const aside = mkdtempSync(join(folder, 'fetch-'));
    const artifact = `org.opensourcebim:${name}:${version}`;
    console.info(`Fetching ${artifact}.`);
    const argv = [
      '-q',
      '-B',
      '-Dstyle.color=never',
      'dependency:copy',
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${aside}`,
    ];
    const options = { cwd: aside, stdio: 'inherit', shell: process.platform === 'win32' };
    if (spawnSync('mvn', argv, options).status !== 0) {
      rmSync(aside, { recursive: true, force: true });
      end(`Maven cannot fetch ${artifact}. Check the network, and the mirrors in its settings.xml.`);
    }
    renameSync(join(aside, `${name}-${version}.jar`), path);
    rmSync(aside, { recursive: true, force: true });
  }
  const found = await sha256Of(path);
  if (found === sha256) return;
  end(`${path} is not the file that was published: SHA-256 ${found}. Remove it, and run this again.`);
}

function end(words) {
  console.error(words);
  process.exit(1);
}
