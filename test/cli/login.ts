// A login through the command line in this process, and what it leaves, for the tests of `authorize`.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunOverrides, Workspace } from '../support/cli.js';
import { rawRequest } from '../support/raw-http.js';

export async function login(
  workspace: Workspace,
  listUrl: string,
  overrides: RunOverrides = {},
  more: string[] = [],
) {
  const [id] = JSON.parse((await workspace.run(['list', '--json', '-r', listUrl])).stdout).services;
  const run = await workspace.run(
    ['authorize', id.id, '--json', '--wait', '5m', '-r', listUrl, ...more],
    overrides,
  );
  const received = JSON.parse(run.stdout);
  return { ...run, error: received.error?.code ?? null, message: String(received.error?.message ?? '') };
}

export async function credentials(workspace: Workspace): Promise<string[]> {
  return readdir(join(workspace.configDir, 'credentials')).catch(() => []);
}

/** Where the consent page sends the browser, without going there. */
export async function callbackOf(address: string): Promise<string> {
  return (await rawRequest(address)).header('location') ?? '';
}
