// The mistakes that people make most: for each the words, the exit code and the next step (built program, real sockets).
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeGrant } from '../credentials/stored.js';
import { Desk } from '../support/cli.js';
import { bcfZip, stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { rawRequest } from '../support/raw-http.js';
import { RotatingServer } from '../support/rotating-server.js';
import { Session } from '../support/session.js';
import { StrictServer } from '../support/strict-server.js';

const STATUSES = [202, 400, 401, 413, 422, 429, 502];
/** No program listens there. */
const DEAD = 'http://127.0.0.1:9';
const FAR = 'https://bim.example.org/list.json';

interface Mistake {
  argv: string[];
  exit: number;
  /** What the person reads of the mistake. */
  words: string;
  /** What the person can type or do next. */
  next: string;
  env?: Record<string, string>;
  stdin?: string;
}
type Row = [name: string, mistake: Mistake];

let server: StrictServer;
let closing: Server;
let hanging: Server;
const sockets = new Set<Socket>();

/** A server that takes connections and hands them to `take`. */
async function tcpServer(take: (socket: Socket) => void): Promise<Server> {
  const listening = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    take(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return listening;
}

beforeAll(async () => {
  server = await StrictServer.start({
    status: {
      method: 'POST',
      path: /\/status\/\d+/,
      handle: ({ path }) => ({ status: Number(path.split('/').at(-1)), body: '' }),
    },
    list: { method: 'GET', path: '/list.json', handle: () => ({ status: 200, body: listText() }) },
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
  closing = await tcpServer((socket) => socket.destroy());
  hanging = await tcpServer(() => {});
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const each of [closing, hanging]) await new Promise((resolve) => each.close(resolve));
  await server[Symbol.asyncDispose]();
});

function listText(): string {
  const at = server.origin;
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

/** A desk with the list, and one file of each kind that people take for a model. */
async function deskOfMistakes(): Promise<Desk> {
  const desk = await Desk.create();
  const files: Record<string, string | Uint8Array> = {
    'services.json': listText(),
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
  await mkdir(join(desk.folder, 'models'));
  await Promise.all(Object.entries(files).map(([name, data]) => writeFile(join(desk.folder, name), data)));
  return desk;
}

/** Meets one mistake: one error line, no stack, the words and the next step on stderr. */
async function meet(desk: Desk, { argv, env, stdin, exit, words, next }: Mistake): Promise<void> {
  const { code, stderr } = await desk.spawn(argv, {
    ...(env === undefined ? {} : { env }),
    ...(stdin === undefined ? {} : { stdin }),
  });
  expect(stderr).toContain(words);
  expect(stderr).toContain(next);
  expect(code).toBe(exit);
  expect(stderr).not.toMatch(/\n\s+at |Warning:/);
}

const LIST = ['-r', 'services.json'];
const invoke = (...argv: string[]) => ['invoke', ...argv, '--no-receipt', ...LIST];

describe.concurrent('words', () => {
  const rows: Row[] = [
    [
      'a service with a typing error',
      {
        argv: ['list', 'clsh', ...LIST],
        exit: 3,
        words: 'There is no service "clsh"',
        next: 'Did you mean clash-check?',
      },
    ],
    [
      'a command with a typing error',
      {
        argv: ['invok'],
        exit: 2,
        words: 'there is no command "bimservice invok"',
        next: 'Did you mean bimservice invoke?',
      },
    ],
    [
      'a command of another tool',
      {
        argv: ['login'],
        exit: 2,
        words: 'there is no command "bimservice login"',
        next: 'bimservice authorize',
      },
    ],
    [
      'service and model swapped',
      {
        argv: invoke('model.ifc', 'dup'),
        exit: 3,
        words: 'There is no service "model.ifc"',
        next: 'Did you mean: bimservice invoke dup model.ifc',
      },
    ],
    [
      'service after two models, one with a blank',
      {
        argv: invoke('my model.ifc', 'model.ifc', 'clash-check'),
        exit: 3,
        words: 'There is no service "my model.ifc"',
        next: 'Did you mean: bimservice invoke clash-check "my model.ifc" model.ifc',
      },
    ],
    [
      'config list',
      {
        argv: ['config', 'list'],
        exit: 2,
        words: 'there is no command "bimservice config list"',
        next: 'Did you mean bimservice config get store?',
      },
    ],
    [
      'repository rm',
      {
        argv: ['repository', 'rm', 'x'],
        exit: 2,
        words: 'there is no command "bimservice repository rm"',
        next: 'Did you mean bimservice repository remove?',
      },
    ],
    [
      '--passphrase without --export',
      {
        argv: ['token', 'secured', '--passphrase', ...LIST],
        exit: 2,
        words: '--passphrase belongs to --export',
        next: 'bimservice token SERVICE --export --passphrase',
      },
    ],
    [
      'the token of an open service',
      {
        argv: ['token', 'clash', ...LIST],
        exit: 2,
        words: 'clash-check is an open service',
        next: 'bimservice invoke clash-check MODEL',
      },
    ],
    [
      'the consent for an open service',
      {
        argv: ['authorize', 'clash', ...LIST],
        exit: 2,
        words: 'error: clash-check is an open service',
        next: 'bimservice invoke clash-check MODEL',
      },
    ],
    [
      '--expect with a typing error',
      {
        argv: invoke('clash', 'model.ifc', '--expect', 'BFC'),
        exit: 2,
        words: 'not "BFC"',
        next: 'The service lists: BCF_ZIP_2_1',
      },
    ],
    [
      'list --produces with an unknown type',
      {
        argv: ['list', '--produces', 'BFC', ...LIST],
        exit: 0,
        words: 'None of 10 services matches',
        next: 'They produce: BCF_ZIP_2_1, VALIDATION_JSON_1_0',
      },
    ],
  ];
  test.each(rows)('%s', async (_, mistake) => {
    await using desk = await deskOfMistakes();
    await meet(desk, mistake);
  });
});

describe.concurrent('models', () => {
  const rows: Row[] = [
    [
      'a folder',
      {
        argv: invoke('clash', 'models'),
        exit: 7,
        words: 'is a directory, not a model',
        next: 'Name the model files in it',
      },
    ],
    [
      'a Revit file',
      {
        argv: invoke('clash', 'house.rvt'),
        exit: 7,
        words: 'house.rvt is a Revit file, not IFC',
        next: 'Export IFC from Revit (File > Export > IFC)',
      },
    ],
    [
      'a Revit file by its name',
      {
        argv: invoke('clash', 'old.rvt'),
        exit: 7,
        words: 'not IFC',
        next: 'Export IFC from Revit (File > Export > IFC)',
      },
    ],
    [
      'a DWG drawing',
      {
        argv: invoke('clash', 'plan.dwg'),
        exit: 7,
        words: 'plan.dwg is a DWG drawing, not IFC',
        next: 'IFCEXPORT',
      },
    ],
    [
      'a DWG drawing with another name',
      {
        argv: invoke('clash', 'renamed.ifc'),
        exit: 7,
        words: 'renamed.ifc is a DWG drawing, not IFC',
        next: 'IFCEXPORT',
      },
    ],
    [
      'a Navisworks file',
      {
        argv: invoke('clash', 'site.nwc'),
        exit: 7,
        words: 'site.nwc is not a building model',
        next: 'Export IFC from the program that made the model',
      },
    ],
    [
      'a web page',
      {
        argv: invoke('clash', 'page.ifc'),
        exit: 7,
        words: 'is an HTML page',
        next: 'download the model again',
      },
    ],
    [
      'BCF',
      {
        argv: invoke('clash', 'issues.bcf'),
        exit: 7,
        words: 'is a BCF archive, not a model',
        next: 'Send the IFC model that it is about',
      },
    ],
    [
      'an LFS pointer',
      { argv: invoke('clash', 'pointer.ifc'), exit: 7, words: 'is a Git LFS pointer', next: 'git lfs pull' },
    ],
    [
      'list --for a Revit file',
      {
        argv: ['list', '--for', 'house.rvt', ...LIST],
        exit: 7,
        words: 'is a Revit file, not IFC',
        next: 'Export IFC from Revit',
      },
    ],
    [
      'two models and one result file',
      {
        argv: invoke('clash', 'model.ifc', 'second.ifc', '-o', 'x.bcf'),
        exit: 2,
        words: '-o x.bcf is one file, but there are several models',
        next: "-o '{model}.bcf'",
      },
    ],
  ];
  test.each(rows)('%s', async (_, mistake) => {
    await using desk = await deskOfMistakes();
    await meet(desk, mistake);
    expect(server.calls.filter(({ path }) => path === '/status/200')).toEqual([]);
  });
});

describe.concurrent('responses', () => {
  const rows: Row[] = [
    [
      '202',
      {
        argv: invoke('status-202', 'model.ifc'),
        exit: 9,
        words: 'accepted the model and has no result yet (202)',
        next: 'Do not send the model again',
      },
    ],
    [
      '400',
      {
        argv: invoke('status-400', 'model.ifc'),
        exit: 6,
        words: 'refused the model (400)',
        next: 'bimservice list status-400',
      },
    ],
    [
      '401 of an open service',
      {
        argv: invoke('status-401', 'model.ifc'),
        exit: 4,
        words: 'did not accept the model without a token (401)',
        next: 'bimservice list status-401',
      },
    ],
    [
      '401 with a token from the environment',
      {
        argv: invoke('secured', 'model.ifc'),
        env: { BIMSERVICE_TOKEN: 'a-token' },
        exit: 4,
        words: 'the token in BIMSERVICE_TOKEN was refused',
        next: 'Replace that secret where it is kept',
      },
    ],
    [
      '413',
      {
        argv: invoke('status-413', 'model.ifc'),
        exit: 6,
        words: 'says the model is too large (413)',
        next: 'send a smaller model',
      },
    ],
    [
      '422',
      {
        argv: invoke('status-422', 'model.ifc'),
        exit: 6,
        words: 'refused the model (422)',
        next: 'bimservice list status-422',
      },
    ],
    [
      '429',
      {
        argv: invoke('status-429', 'model.ifc'),
        exit: 6,
        words: 'gets too many requests (429)',
        next: '--jobs',
      },
    ],
    [
      '502',
      {
        argv: invoke('status-502', 'model.ifc'),
        exit: 9,
        words: 'could not be reached behind its gateway (502)',
        next: 'look at the service before you send the model again',
      },
    ],
  ];
  test.each(rows)('%s', async (_, mistake) => {
    await using desk = await deskOfMistakes();
    await meet(desk, mistake);
  });
});

describe.concurrent('repositories and proxies', () => {
  const add = (location: string) => ['repository', 'add', location];
  const through = (proxy: string) => ({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy });
  const rows: Array<[name: string, make: () => Mistake]> = [
    [
      'no repository, and the public one is not reached',
      () => ({
        argv: ['list'],
        env: through(DEAD),
        exit: 5,
        words: 'no repository is configured',
        next: 'bimservice repository add URL',
      }),
    ],
    [
      'no repository, offline and without a copy',
      () => ({
        argv: ['list', '--offline'],
        exit: 3,
        words: 'no repository is configured',
        next: 'bimservice demo',
      }),
    ],
    [
      'offline without a copy',
      () => ({
        argv: ['list', '--offline', '-r', FAR],
        exit: 3,
        words: 'there is no copy of',
        next: 'Run the command once without --offline',
      }),
    ],
    [
      'added: a dead address',
      () => ({
        argv: add(`${DEAD}/list.json`),
        exit: 5,
        words: 'not added: 127.0.0.1:9 was not reached',
        next: `bimservice repository add ${DEAD}/list.json --no-check`,
      }),
    ],
    [
      'added: a web page',
      () => ({
        argv: add(`${server.origin}/page.html`),
        exit: 3,
        words: 'is a web page titled "Sign in", not JSON',
        next: '--no-check',
      }),
    ],
    [
      'added: 404',
      () => ({
        argv: add(`${server.origin}/gone.json`),
        exit: 3,
        words: 'responded with HTTP 404 instead of a list',
        next: '--no-check',
      }),
    ],
    [
      'added: without a scheme',
      () => ({
        argv: add('bim.example.org/list.json'),
        exit: 2,
        words: 'bim.example.org/list.json',
        next: 'bimservice repository add https://bim.example.org/list.json',
      }),
    ],
    [
      'a proxy that is not there',
      () => ({
        argv: ['list', '-r', FAR],
        env: through(DEAD),
        exit: 5,
        words: 'the proxy 127.0.0.1:9 was not reached',
        next: 'HTTPS_PROXY',
      }),
    ],
    [
      'a proxy that closes',
      () => ({
        argv: ['list', '-r', FAR],
        env: through(originOfTcp(closing)),
        exit: 5,
        words: 'made no connection to bim.example.org: it closed the connection',
        next: 'HTTPS_PROXY',
      }),
    ],
    [
      'a proxy that hangs',
      () => ({
        argv: ['list', '-r', FAR],
        env: through(originOfTcp(hanging)),
        exit: 5,
        words: 'made no connection to bim.example.org: no response within 6 s',
        next: 'HTTPS_PROXY',
      }),
    ],
    [
      'a credentials file that is missing',
      () => ({
        argv: ['token', 'secured', ...LIST],
        env: { BIMSERVICE_CREDENTIALS_FILE: 'none.txt' },
        exit: 2,
        words: 'none.txt cannot be read',
        next: 'bimservice token SERVICE --export --output FILE',
      }),
    ],
    [
      'a credentials file that is broken',
      () => ({
        argv: ['token', 'secured', ...LIST],
        env: { BIMSERVICE_CREDENTIALS_FILE: 'broken.txt' },
        exit: 2,
        words: 'this is not what bimservice token SERVICE --export prints',
        next: 'Make new ones',
      }),
    ],
  ];
  test.each(rows)('%s', async (_, make) => {
    await using desk = await deskOfMistakes();
    await meet(desk, make());
  });

  test('offline with a copy: the copy is used', async () => {
    await using desk = await deskOfMistakes();
    const argv = ['list', '-r', `${server.origin}/list.json`];
    expect((await desk.spawn(argv)).code).toBe(0);
    const { code, stdout } = await desk.spawn([...argv, '--offline']);
    expect(code).toBe(0);
    expect(stdout).toContain('clash-check');
  });

  test('list --produces and --accepts take families', async () => {
    await using desk = await deskOfMistakes();
    const idsOf = async (...argv: string[]) =>
      JSON.parse((await desk.spawn(['list', ...argv, '--json', ...LIST])).stdout).services.map(
        ({ id }: { id: string }) => id,
      );
    expect(await idsOf('--produces', 'BCF')).toHaveLength(9);
    expect(await idsOf('--produces', 'bcf', '--accepts', 'IFC')).toContain('clash-check');
    expect(await idsOf('--produces', 'VALIDATION_JSON_1_0')).toEqual(['duplicates']);
  });
});

describe.concurrent('consent', () => {
  test('a token that ended and cannot be refreshed', async () => {
    await using rotating = await RotatingServer.start({ expiresIn: 3600 });
    await using desk = await deskOfMistakes();
    await storeGrant(desk, rotating, -3_600_000, { refreshable: false });
    const argv = ['invoke', 'rotating', 'model.ifc', '--no-receipt', '-r', rotating.listUrl];
    await meet(desk, {
      argv,
      exit: 4,
      words: 'the token of rotating ended',
      next: 'bimservice authorize rotating',
    });
  });

  test('denied in the browser', async () => {
    await using service = await FlatService.start({ consent: 'deny' });
    await using desk = await Desk.create();
    await using session = new Session(desk, ['authorize', 'clash', '--no-browser', '-r', service.listUrl]);
    const consent = await rawRequest(await session.said(/^ {2}(http:\S+)$/m));
    await rawRequest(consent.header('location') ?? '');
    const { code, stderr } = await session.end();
    expect(stderr).toContain('clash-detection was not authorized (access_denied: The user said no)');
    expect(stderr).toContain('To try again: bimservice authorize clash-detection');
    expect(code).toBe(4);
  });

  test('no consent in time', async () => {
    await using service = await FlatService.start({ consent: 'silent' });
    await using desk = await Desk.create();
    const argv = ['authorize', 'clash', '--no-browser', '--wait', '1s', '-r', service.listUrl];
    await meet(desk, {
      argv,
      exit: 4,
      words: 'no consent was given for clash-detection within 1 s',
      next: 'bimservice authorize clash-detection (--wait 15m',
    });
  });

  test('a pasted code that is wrong', async () => {
    await using service = await FlatService.start();
    await using desk = await Desk.create();
    await desk.spawn(['register', 'clash', '-r', service.listUrl]);
    const argv = ['token', 'clash', '--code', '-', '-r', service.listUrl];
    await meet(desk, {
      argv,
      stdin: 'not-the-code\n',
      exit: 4,
      words: 'invalid_grant',
      next: 'Authorize the service again',
    });
    service.server.takeComplaints();
  });

  test('a port that is in use', async () => {
    await using service = await FlatService.start();
    await using desk = await Desk.create();
    const { port } = new URL(service.server.origin);
    const argv = ['authorize', 'clash', '--no-browser', '--port', port, '-r', service.listUrl];
    await meet(desk, {
      argv,
      exit: 7,
      words: `port ${port} on 127.0.0.1 is used by another program`,
      next: 'Choose another with --port',
    });
  });
});

function originOfTcp(listening: Server): string {
  const address = listening.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
