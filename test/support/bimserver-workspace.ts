// A workspace with a model, and a BIMserver, for every test of a file.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { BimServer } from './bimserver.js';
import type { BimServerOptions } from './bimserver-options.js';
import { type CliResult, type RunOverrides, Workspace } from './cli.js';
import { stepModel } from './fixtures.js';

export interface BimServerWorkspace {
  /** The workspace of the current test. */
  readonly workspace: Workspace;
  readonly server: BimServer;
  /** Runs one command line with the server's list. */
  run(argv: readonly string[], overrides?: RunOverrides): Promise<CliResult>;
  /** Stores a token of the service as if it came from an authorization, and returns it. */
  authorized(options: BimServerOptions): Promise<string>;
}

/** Call this once at the top of a test file. */
export function bimserverWorkspace(serviceId: string): BimServerWorkspace {
  let workspace: Workspace;
  let server: BimServer;
  beforeEach(async () => {
    workspace = await Workspace.create();
    server = await BimServer.start();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });
  const run = (argv: readonly string[], overrides: RunOverrides = {}) =>
    workspace.run([...argv, '-r', server.listUrl], overrides);
  return {
    get workspace() {
      return workspace;
    },
    get server() {
      return server;
    },
    run,
    async authorized(options) {
      server.options = options;
      const token = server.issueToken();
      expect(await run(['token', serviceId, '--set', '-'], { stdin: token })).toMatchObject({ code: 0 });
      return token;
    },
  };
}
