// What the tests of mistakes share: servers that misbehave, a workspace with the files that people take for a model, and the check.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ExpectStatic, test } from 'vitest';
import { type CliResult, Workspace } from '../../support/cli.js';
import { bcfZip, stepModel } from '../../support/fixtures.js';
import { StrictServer } from '../../support/strict-server.js';

const STATUSES = [202, 400, 401, 413, 415, 422, 429, 502];

export interface Mistake {
  argv: string[];
  exit: number;
  /** What the person reads of the mistake. */
  words: string;
  /** What the person can type or do next. */
  next: string;
  env?: Record<string, string>;
  stdin?: string;
}
/** With a function where the row names an address of the servers. */
export type Row = [name: string, mistake: Mistake | (() => Mistake)];

/** A list of services that respond with every status, and proxies that close or hang. */
export class MistakeServers implements AsyncDisposable {
  readonly http: StrictServer;
  readonly closing: Server;
  readonly hanging: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(http: StrictServer, closing: Server, hanging: Server, sockets: ReadonlySet<Socket>) {
    this.http = http;
    this.closing = closing;
    this.hanging = hanging;
    this.#sockets = sockets;
  }

  static async start(): Promise<MistakeServers> {
    const http: StrictServer = await StrictServer.start({
      status: {
        method: 'POST',
        path: /\/status\/\d+/,
        handle: ({ path }) => ({ status: Number(path.split('/').at(-1)), body: '' }),
      },
      list: {
        method: 'GET',
        path: '/list.json',
        handle: () => ({ status: 200, body: listText(http.origin) }),
      },
      page: {
        method: 'GET',
        path: '/page.html',
        handle: () => ({
          status: 200,
          headers: [['Content-Type', 'text/html']],
          body: '<html><title>Sign in</title></html>',
        }),
      },
      gone: { method: 'GET', path: '/gone.json', handle: () => ({ status: 404 }) },
    });
    const sockets = new Set<Socket>();
    const closing = await tcpServer(sockets, (socket) => socket.destroy());
    return new MistakeServers(http, closing, await tcpServer(sockets, () => {}), sockets);
  }

  /** A workspace with the list, and one file of each kind that people take for a model. */
  async workspace(): Promise<Workspace> {
    const workspace = await Workspace.create();
    const files: Record<string, string | Uint8Array> = {
      'services.json': listText(this.http.origin),
      'model.ifc': stepModel({ schema: 'IFC4' }),
      'second.ifc': stepModel({ schema: 'IFC4' }),
      'house.rvt': Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc(1024),
        Buffer.from('BasicFileInfo', 'utf16le'),
      ]),
      'old.rvt': Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(1024)]),
      'plan.dwg': Buffer.concat([Buffer.from('AC1032'), Buffer.alloc(200)]),
      'renamed.ifc': Buffer.concat([Buffer.from('AC1032'), Buffer.alloc(200)]),
      'site.nwc': Buffer.from([0x4e, 0x57, 1, 0, 2, 0, 3, 0xff]),
      'page.ifc': '<!DOCTYPE html><html><body>Sign in</body></html>',
      'issues.bcf': await bcfZip({ version: '2.1', topics: [{ title: 'Wall meets duct' }] }),
      'pointer.ifc': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n',
      'broken.txt': 'this is not a line of credentials\n',
    };
    await mkdir(join(workspace.folder, 'models'));
    await Promise.all(
      Object.entries(files).map(([name, data]) => writeFile(join(workspace.folder, name), data)),
    );
    return workspace;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const each of [this.closing, this.hanging]) await new Promise((resolve) => each.close(resolve));
    await this.http[Symbol.asyncDispose]();
  }
}

/** A server that takes connections and hands them to `take`. */
async function tcpServer(sockets: Set<Socket>, take: (socket: Socket) => void): Promise<Server> {
  const listening = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    take(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return listening;
}

function listText(at: string): string {
  const oauth = {
    registerUrl: `${at}/register`,
    authorizationUrl: `${at}/authorize`,
    tokenUrl: `${at}/token`,
  };
  const types = { inputs: ['IFC_STEP_4'], outputs: ['BCF_ZIP_2_1'] };
  return JSON.stringify([
    { name: 'Clash check', resourceUrl: `${at}/status/200`, ...types },
    { name: 'Duplicates', resourceUrl: `${at}/status/200`, ...types, outputs: ['VALIDATION_JSON_1_0'] },
    { name: 'Secured', resourceUrl: `${at}/status/401`, ...types, oauth },
    ...STATUSES.map((status) => ({
      name: `Status ${status}`,
      resourceUrl: `${at}/status/${status}`,
      ...types,
    })),
  ]);
}

export function originOf(listening: Server): string {
  const address = listening.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

export const LIST = ['-r', 'services.json'];
export const invoke = (...argv: string[]) => ['invoke', ...argv, '--no-receipt', ...LIST];

/**
 * One test for each row, in this process. Every fifth one runs the built program, and so does one with variables of the
 * environment, which packages read themselves.
 */
export function meetEach(rows: readonly Row[], servers: () => MistakeServers): void {
  test.for(rows.map(([name, mistake], index) => [name, mistake, index] as const))(
    '%s',
    async ([, row, index], { expect }) => {
      await using workspace = await servers().workspace();
      const mistake = typeof row === 'function' ? row() : row;
      if (index % 5 === 0 || mistake.env !== undefined) return await meet(workspace, mistake, expect);
      const { argv, stdin = '', ...expected } = mistake;
      expectMistake(await workspace.run(argv, { stdin }), expected, expect);
    },
  );
}

/** Meets one mistake with the built program. `expect` is that of the test: tests of mistakes run at the same time. */
export async function meet(
  workspace: Workspace,
  { argv, env = {}, stdin = '', ...expected }: Mistake,
  expect: ExpectStatic,
): Promise<void> {
  expectMistake(await workspace.spawn(argv, { env, stdin }), expected, expect);
}

/** One error line, no stack, the words and the next step on stderr. */
function expectMistake(
  { code, stderr }: CliResult,
  { exit, words, next }: Pick<Mistake, 'exit' | 'words' | 'next'>,
  expect: ExpectStatic,
): void {
  expect(stderr).toContain(words);
  expect(stderr).toContain(next);
  expect(code).toBe(exit);
  expect(stderr).not.toMatch(/\n\s+at |Warning:/);
}
