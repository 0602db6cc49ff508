// The built program with calls of the file system that fail in it, for a workspace.
import { fileURLToPath } from 'node:url';
import type { FaultPoint } from '../faults/child.js';
import { type CliResult, cleanEnvironment, spawnProgram, type Workspace } from './cli.js';

const CHILD = fileURLToPath(new URL('../faults/child.cjs', import.meta.url));

/** Runs `argv` at `workspace` while `points` strike. TMPDIR is the workspace's own, so that a test sees what lands there. */
export function runStruck(
  workspace: Workspace,
  argv: readonly string[],
  points: readonly FaultPoint[],
): Promise<CliResult> {
  return spawnProgram(process.execPath, [CHILD, ...argv], {
    cwd: workspace.folder,
    env: {
      ...cleanEnvironment(),
      BIMSERVICE_CONFIG_DIR: workspace.configDir,
      TMPDIR: workspace.folder,
      FAULT_POINTS: JSON.stringify({ points, signalledAtFile: `${workspace.folder}/signalled` }),
    },
  });
}
