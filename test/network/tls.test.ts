// Certificates: which ones the program trusts, and the one line for each fault.
import { createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustedCertificates } from '../../src/io/http/certificates.js';
import { Authority, type Identity, selfSigned } from '../support/certificates.js';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel, type TempDir, tempDir } from '../support/fixtures.js';
import { openService, RESULT, repositoryOf, ways } from './doubles.js';

const NAMES = 'DNS:localhost,IP:127.0.0.1';
let folder: TempDir;
let root: Authority;
let good: Identity;

beforeAll(async () => {
  folder = await tempDir();
  root = await Authority.root(folder.path);
  good = await root.issue({ names: NAMES });
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Fault {
  name: string;
  make: () => Promise<{ key: string; cert: string }>;
  code: string;
  words: RegExp;
  hint: RegExp;
}

const FAULTS: Fault[] = [
  {
    name: 'self-signed',
    make: () => selfSigned(folder.path, 'Lonely', `subjectAltName=${NAMES}`),
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    words: /its certificate is self-signed/,
    hint: /--ca-file FILE or NODE_EXTRA_CA_CERTS=FILE/,
  },
  {
    name: 'for another host',
    make: () => root.issue({ names: 'DNS:other.test,DNS:www.other.test' }),
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    words: /its certificate is for another host name: other\.test, www\.other\.test/,
    hint: /address in the repository/,
  },
  {
    name: 'expired',
    make: () => root.issue({ names: NAMES, from: '20200101000000Z', until: '20210101000000Z' }),
    code: 'CERT_HAS_EXPIRED',
    words: /its certificate has expired/,
    hint: /provider.*clock/,
  },
  {
    name: 'not yet valid',
    make: () => root.issue({ names: NAMES, from: '20980101000000Z', until: '20990101000000Z' }),
    code: 'CERT_NOT_YET_VALID',
    words: /its certificate is not valid yet/,
    hint: /clock/,
  },
  {
    name: 'sent without its intermediate',
    make: async () => (await root.intermediate()).issue({ names: NAMES }),
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    words: /did not send the intermediate certificate, or its authority is not known/,
    hint: /--ca-file FILE/,
  },
  {
    name: 'of an unknown authority, which is sent too',
    make: async () => {
      const foreign = await Authority.root(folder.path);
      const leaf = await foreign.issue({ names: NAMES });
      return { key: leaf.key, cert: leaf.cert + foreign.cert };
    },
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
    words: /chain ends in an authority that this machine does not know/,
    hint: /company proxy.*--ca-file FILE/,
  },
];

describe.each(FAULTS)('a certificate $name (B101)', ({ make, code, words, hint }) => {
  it.each(['small', 'model'] as const)('is one clear line: %s request', async (way) => {
    await using service = await openService({ tls: await make() });
    const error = await ways({ ca: [root.cert] })[way](`https://localhost:${service.port}/check`);
    expect(error).toMatchObject({ code: 'tls-failed', exitCode: 5, hint: expect.stringMatching(hint) });
    expect(error).toHaveProperty('message', expect.stringMatching(words));
    const message = error instanceof Error ? error.message : '';
    expect(message).toMatch(
      new RegExp(`^no safe connection to localhost:${service.port}: [^\\n]+ \\(${code}\\)$`),
    );
    if (way === 'model') expect(error).toMatchObject({ outcome: 'not-sent', phase: 'connect' });
    expect(service.visits).toHaveLength(0);
  });
});

describe('trust', () => {
  it.each(['small', 'model'] as const)(
    'a chain with its intermediate is trusted through its root: %s',
    async (way) => {
      const below = await root.intermediate();
      const leaf = await below.issue({ names: NAMES });
      await using service = await openService({ tls: { key: leaf.key, cert: leaf.cert + below.cert } });
      expect(await ways({ ca: [root.cert] })[way](`https://localhost:${service.port}/`)).toMatchObject({
        status: 200,
      });
    },
  );

  it.each(['small', 'model'] as const)(
    'only http/1.1 is offered, to a server that has h2 too: %s (B089)',
    async (way) => {
      await using service = await openService({ tls: good });
      await ways({ ca: [root.cert] })[way](`https://127.0.0.1:${service.port}/`);
      expect(service.visits).toMatchObject([{ alpn: 'http/1.1' }]);
      expect(service.visits).toHaveLength(1);
      expect(await offeredProtocols(way)).toEqual(['http/1.1']);
    },
  );

  it.each(['small', 'model'] as const)('https to a server that speaks http says so: %s', async (way) => {
    await using service = await openService();
    const error = await ways()[way](`https://127.0.0.1:${service.port}/`);
    expect(error).toMatchObject({
      code: 'tls-failed',
      hint: expect.stringContaining('may need http instead of https'),
    });
  });

  it.each([
    ['missing', null, /cannot be read \(no such file or folder, ENOENT\)/],
    ['empty', '', /holds no PEM certificate/],
    ['DER', Buffer.from([0x30, 0x82, 1, 2]), /holds no PEM certificate/],
    [
      'cut',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      /is damaged: its certificate 1 of 1/,
    ],
  ])('--ca-file that is %s is reported before anything is sent', async (name, data, message) => {
    const path = data === null ? 'nowhere.pem' : await folder.write(`${name}.pem`, data);
    await expect(trustedCertificates(path, undefined)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });

  it('a bundle with text around its certificates is read completely, and the default authorities stay', async () => {
    const other = await Authority.root(folder.path);
    const path = await folder.write('bundle.pem', `# office\r\n${root.cert}\r\nSecond:\r\n${other.cert}`);
    const trusted = (await trustedCertificates(path, undefined)) ?? [];
    expect(trusted.slice(-2).map((pem) => pem.trim())).toEqual([root.cert.trim(), other.cert.trim()]);
    expect(trusted.length).toBeGreaterThan(50);
  });
});

describe('the program', () => {
  async function invoke(options: { argv?: string[]; env?: Record<string, string>; port: number }) {
    await using workspace = await Workspace.create();
    const model = await folder.write('house.ifc', stepModel({ schema: 'IFC4' }));
    return await spawnProgram(
      process.execPath,
      [PROGRAM, 'invoke', 'checker', model, '-r', '-', '-o', '-', ...(options.argv ?? [])],
      {
        cwd: workspace.folder,
        env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir, ...options.env },
        stdin: repositoryOf(`https://localhost:${options.port}/check`),
      },
    );
  }

  it('trusts --ca-file, NODE_EXTRA_CA_CERTS, and both together (B101)', async () => {
    const other = await Authority.root(folder.path);
    await using first = await openService({ tls: good });
    await using second = await openService({ tls: await other.issue({ names: NAMES }) });
    const argv = ['--ca-file', root.certFile];
    const env = { NODE_EXTRA_CA_CERTS: other.certFile };
    const done = { code: 0, stdout: RESULT };
    expect(await invoke({ argv, port: first.port })).toMatchObject(done);
    expect(await invoke({ env, port: second.port })).toMatchObject(done);
    expect(await invoke({ argv, env, port: first.port })).toMatchObject(done);
    expect(await invoke({ argv, env, port: second.port })).toMatchObject(done);
    const stranger = await invoke({ env, port: first.port });
    expect(stranger).toMatchObject({ code: 5, stdout: '' });
    expect(stranger.stderr).toMatch(
      /^error: no safe connection to localhost:\d+: .+\n {2}.*--ca-file FILE.*\n$/,
    );
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 causes a warning (B101)', async () => {
    await using service = await openService({ tls: good });
    const { code, stderr } = await invoke({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, port: service.port });
    expect(code).toBe(0);
    expect(stderr).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED.*insecure/i);
  });
});

/** The ALPN protocols in a real ClientHello (RFC 7301 3.1). */
async function offeredProtocols(way: 'small' | 'model'): Promise<string[]> {
  const hellos: Buffer[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (hello: Buffer) => {
      hellos.push(hello);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await ways()[way](`https://127.0.0.1:${port}/`);
  await new Promise((resolve) => server.close(resolve));
  const hello = Buffer.concat(hellos);
  // extension 16, its length, the list's length, then names with a length of one byte each
  for (let at = 0; at + 7 < hello.length; at += 1) {
    const list = hello.readUInt16BE(at + 4);
    if (hello.readUInt16BE(at) !== 16 || hello.readUInt16BE(at + 2) !== list + 2 || list === 0) continue;
    const names: string[] = [];
    for (let name = at + 6; name < at + 6 + list; name += 1 + (hello[name] ?? 0))
      names.push(hello.subarray(name + 1, name + 1 + (hello[name] ?? 0)).toString());
    return names;
  }
  return [];
}
