// The program behind a real squid. Only squid knows `service.test`.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authority, type Identity } from '../support/certificates.js';
import { type CliResult, Workspace } from '../support/cli.js';
import { stepModel, type TempDir, tempDir } from '../support/fixtures.js';
import type { Peer } from '../support/peer.js';
import { findPeer } from '../support/peer.js';
import { startSquid } from '../support/squid.js';
import { type OpenService, openService, RESULT, repositoryOf } from './doubles.js';

const squid = findPeer('squid');
const BIG = 24 * 1024 * 1024;
const DONE = { code: 0, stdout: RESULT };
const PASSWORD = 'S3cret:p@ss/w%rd';

describe.skipIf(squid === null)('a real squid (B100)', () => {
  let folder: TempDir;
  let root: Authority;
  let server: Identity;
  let plain: OpenService;
  let secure: OpenService;
  let open: Peer;
  let guarded: Peer;

  beforeAll(async () => {
    folder = await tempDir();
    root = await Authority.root(folder.path);
    server = await root.issue({ names: 'DNS:service.test' });
    plain = await openService();
    secure = await openService({ tls: server });
    const hosts = ['service.test'];
    open = await startSquid(squid ?? '', { hosts, tunnels: [secure.port] });
    guarded = await startSquid(squid ?? '', {
      hosts,
      tunnels: [secure.port],
      user: { name: 'ada', password: PASSWORD },
    });
  });
  afterAll(async () => {
    for (const made of [open, guarded, plain, secure, folder]) await made?.[Symbol.asyncDispose]();
  });

  interface Run {
    scheme: 'http' | 'https';
    peer: Peer;
    credentials?: string;
    argv?: string[];
    port?: number;
    bytes?: number;
  }

  async function invoke({
    scheme,
    peer,
    credentials = '',
    argv = [],
    port,
    bytes = 5000,
  }: Run): Promise<CliResult> {
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'house.ifc'), stepModel({ schema: 'IFC4', bytes }));
    const proxy = `http://${credentials}127.0.0.1:${peer.port}`;
    const at = port ?? (scheme === 'https' ? secure.port : plain.port);
    return await workspace.spawn(
      ['invoke', 'checker', 'house.ifc', '-r', '-', '--insecure', '--ca-file', root.certFile, ...argv],
      {
        env: {
          HTTP_PROXY: proxy,
          HTTPS_PROXY: proxy,
          NO_PROXY: '',
          BIMSERVICE_TOKEN: 'token-of-the-service',
        },
        stdin: repositoryOf(`${scheme}://service.test:${at}/check`),
      },
    );
  }

  const ADA = `ada:${encodeURIComponent(PASSWORD)}@`;

  it.each(['http', 'https'] as const)('a small and a big model go through to %s', async (scheme) => {
    for (const bytes of [5000, BIG]) {
      expect(await invoke({ scheme, peer: open, bytes, argv: ['-o', '-'] })).toMatchObject(DONE);
      const visit = (scheme === 'https' ? secure : plain).visits.at(-1);
      expect(visit).toMatchObject({ bytes });
      expect(visit?.headers.expect).toBe(bytes === BIG ? '100-continue' : undefined);
    }
    await logged(open, scheme === 'https' ? /CONNECT service\.test:/ : /POST http:\/\/service\.test:/);
  });

  it.each(['http', 'https'] as const)('with a password to %s, which is never shown', async (scheme) => {
    const result = await invoke({
      scheme,
      peer: guarded,
      credentials: ADA,
      argv: ['-v', '-o', '-'],
      bytes: BIG,
    });
    expect(result).toMatchObject(DONE);
    hidesPassword(result);
    expect((scheme === 'https' ? secure : plain).visits.at(-1)?.headers).not.toHaveProperty(
      'proxy-authorization',
    );
    await logged(guarded, / ada /);
  });

  it.each([
    ['http', 'no', '', 'requires a user and a password'],
    ['https', 'no', '', 'requires a user and a password'],
    ['http', 'a wrong', 'ada:S3cret-wrong@', 'did not accept the user and the password'],
    ['https', 'a wrong', 'ada:S3cret-wrong@', 'did not accept the user and the password'],
  ] as const)(
    '%s with %s password: a 407 from the proxy, and nothing was sent',
    async (scheme, _, credentials, words) => {
      const service = scheme === 'https' ? secure : plain;
      const before = service.connections();
      for (const argv of [[], ['-v'], ['--json']]) {
        const result = await invoke({ scheme, peer: guarded, credentials, argv, bytes: BIG });
        expect(result.code).toBe(5);
        const text = result.stdout + result.stderr;
        expect(text).toContain(`the proxy 127.0.0.1:${guarded.port} ${words} (407)`);
        expect(text).not.toContain('S3cret');
        if (argv[0] === '--json')
          expect(JSON.parse(result.stdout)).toMatchObject({
            outcome: 'not-sent',
            error: { code: 'proxy-failed' },
          });
      }
      expect(service.connections()).toBe(before);
    },
  );

  it("CONNECT to a port that squid does not allow is 403, reported as the proxy's", async () => {
    const result = await invoke({ scheme: 'https', peer: open, port: plain.port });
    expect(result.code).toBe(5);
    expect(result.stderr).toMatch(
      /^error: the proxy 127\.0\.0\.1:\d+ refused the connection to service\.test:\d+ \(403\)$/m,
    );
  });

  it('a service that is down behind squid is reported as such', async () => {
    const gone = await openService();
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    const result = await invoke({ scheme: 'http', peer: open, port });
    expect(result.code).toBe(6);
    expect(result.stderr).toMatch(/^error: checker .*\(503\)/m);
  });

  it('a list comes through squid, over http and https', async () => {
    await using lists = await openService({
      respond: (_, response) => response.end(repositoryOf('https://service.test/check')),
    });
    await using workspace = await Workspace.create();
    const proxy = `http://${ADA}127.0.0.1:${guarded.port}`;
    const result = await workspace.spawn(
      ['list', '-r', `http://service.test:${lists.port}/list.json`, '--insecure', '-v'],
      {
        env: { http_proxy: proxy },
      },
    );
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('checker') });
    hidesPassword(result);
  });

  function hidesPassword({ stdout, stderr }: CliResult): void {
    const forms = [PASSWORD, encodeURIComponent(PASSWORD), Buffer.from(`ada:${PASSWORD}`).toString('base64')];
    for (const form of [...forms, 'token-of-the-service']) expect(stdout + stderr).not.toContain(form);
  }

  async function logged(peer: Peer, line: RegExp): Promise<void> {
    await expect.poll(() => peer.log('access.log')).toMatch(line);
  }
});
