// Runs all cases, or the named ones: `npm run bench -- --runs 5 start list`. Prints the table to stdout as Markdown.

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NODE, openEnvironment } from './environment.mjs';
import { killRunning } from './measure.mjs';
import { toTable } from './rows.mjs';

/**
 * A case measures `runs` times and returns its rows.
 * @typedef {(at: { environment: import('./environment.mjs').Environment, runs: number }) => Promise<import('./rows.mjs').Row[]>} Case
 */

const CASES = [
  'start',
  'list',
  'status',
  'invoke',
  'many',
  'upload',
  'memory',
  'bcf',
  'size',
  'demo',
  'npx',
  'single',
  'serve',
  'machines',
];

const USAGE = `usage: npm run bench -- [--runs N] [${CASES.join(' | ')}]...
BENCH_BIN: another bin/bimservice.js, BENCH_NODE: another Node; bench/README.md says what each case does`;

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string' }, help: { type: 'boolean' } },
  allowPositionals: true,
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const names = positionals.length > 0 ? positionals : CASES;
const unknown = names.find((name) => !CASES.includes(name));
if (unknown !== undefined || !/^[1-9]\d{0,2}$/.test(values.runs ?? '1')) {
  console.error(USAGE);
  process.exit(2);
}

const root = await mkdtemp(join(tmpdir(), 'bimservice-bench-'));
process.on('exit', () => {
  killRunning();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

console.log(machine());
const environment = await openEnvironment(root);
const table = [];
for (const name of names) {
  console.error(`${name} …`);
  try {
    const { rows, runs } = await import(`./cases/${name}.mjs`);
    table.push(...(await rows({ environment, runs: Number(values.runs ?? runs) })));
  } catch (error) {
    console.error(`${name} failed: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
environment.close();
console.log(`\n${toTable(table)}`);

/** The machine that the numbers were measured on. */
function machine() {
  const processors = cpus();
  const load = loadavg()[0] ?? 0;
  const quiet = load < 0.5 ? '' : ' (not quiet: wait, or trust the ratios only)';
  return [
    `${processors[0]?.model.trim() || 'processor of unknown model'}, ${processors.length} cores`,
    `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `${type()} ${release()}`,
    `Node ${execFileSync(NODE, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()}`,
    `load ${load.toFixed(2)}${quiet}`,
  ].join(', ');
}
