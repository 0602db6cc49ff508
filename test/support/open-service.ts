// A workspace with one model and a list of one open service, whose server gives planned responses.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliResult, type RunOverrides, Workspace } from './cli.js';
import { stepModel } from './fixtures.js';
import { type PlannedResponse, StrictServer } from './strict-server.js';

export type Responses = PlannedResponse | ((call: number) => PlannedResponse);

export class OpenService implements AsyncDisposable {
  readonly server: StrictServer;
  readonly workspace: Workspace;

  private constructor(server: StrictServer, workspace: Workspace) {
    this.server = server;
    this.workspace = workspace;
  }

  /** `responses`: one for every call, or one by the number of the call from 1. `entry`: more of its entry in the list. */
  static async start(responses: Responses, entry: object = {}): Promise<OpenService> {
    const server = await StrictServer.start({
      run: {
        method: 'POST',
        path: '/run',
        handle: () => (typeof responses === 'function' ? responses(server.callsTo('run').length) : responses),
      },
    });
    const workspace = await Workspace.create();
    const list = [{ name: 'Check', resourceUrl: `${server.origin}/run`, ...entry }];
    await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
    return new OpenService(server, workspace);
  }

  /** Writes models of different lengths under these names. */
  async models(...names: string[]): Promise<void> {
    await Promise.all(
      names.map((name, n) =>
        writeFile(join(this.workspace.folder, name), stepModel({ schema: 'IFC4', bytes: 3000 + n })),
      ),
    );
  }

  /** `bimservice invoke check MORE`, in this process. */
  invoke(more: readonly string[], overrides?: RunOverrides): Promise<CliResult> {
    return this.workspace.run(['invoke', 'check', ...more, '-r', 'list.json'], overrides);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.workspace[Symbol.asyncDispose]();
  }
}
