import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type RunOverrides, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

export const entry = (name: string, resourceUrl: string, more: object = {}) => ({
  name,
  description: '',
  provider: 'test',
  inputs: ['IFC_STEP_4'],
  outputs: [],
  resourceUrl,
  ...more,
});

export const oauthAt = (origin: string) => ({
  oauth: { registerUrl: `${origin}/r`, authorizationUrl: `${origin}/a`, tokenUrl: `${origin}/t` },
});

/** A service that sends the same response to every request. */
export async function answering(status: number, headers: Record<string, string>, body: string) {
  let requests = 0;
  const server: Server = createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function workspaceWith(services: object[]): Promise<Workspace> {
  const workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'services.json'), JSON.stringify(services));
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  return workspace;
}

/** Runs with --json and returns the exit code and the error; stderr holds exactly one error line and no stack. */
export async function failure(workspace: Workspace, argv: string[], overrides: RunOverrides = {}) {
  const { code, stdout, stderr } = await workspace.run([...argv, '--json', '-r', 'services.json'], overrides);
  expect(stderr.split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(1);
  expect(stderr).not.toMatch(/\n\s+at /);
  const { error } = JSON.parse(stdout);
  expect(error.exitCode).toBe(code);
  expect(error.hint).toBeTruthy();
  const { message, hint, outcome } = error;
  return { exit: code, code: error.code, message: String(message), hint: String(hint), outcome };
}
