// The built program with calls of the file system that fail in it, for a desk.
import { fileURLToPath } from 'node:url';
import type { FaultPoint } from '../faults/child.js';
import { type CliResult, cleanEnvironment, type Desk, spawnProgram } from './cli.js';

const CHILD = fileURLToPath(new URL('../faults/child.cjs', import.meta.url));

/** Runs `argv` at `desk` while `points` strike. TMPDIR is the desk's own, so that a test sees what lands there. */
export function runStruck(
  desk: Desk,
  argv: readonly string[],
  points: readonly FaultPoint[],
): Promise<CliResult> {
  return spawnProgram(process.execPath, [CHILD, ...argv], {
    cwd: desk.folder,
    env: {
      ...cleanEnvironment(),
      BIMSERVICE_CONFIG_DIR: desk.configDir,
      TMPDIR: desk.folder,
      FAULT_POINTS: JSON.stringify({ points, signalledAtFile: `${desk.folder}/signalled` }),
    },
  });
}
