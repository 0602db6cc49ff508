// Repositories and proxies that are missing, unreadable or out of reach.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { LIST, MistakeServers, meetEach, originOf, type Row } from './mistake.js';

/** No program listens there. */
const DEAD = 'http://127.0.0.1:9';
const FAR = 'https://bim.example.org/list.json';

let servers: MistakeServers;
beforeAll(async () => {
  servers = await MistakeServers.start();
});
afterAll(() => servers[Symbol.asyncDispose]());

const add = (location: string) => ['repository', 'add', location];
const through = (proxy: string) => ({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy });
const rows: Row[] = [
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
      argv: add(`${servers.http.origin}/page.html`),
      exit: 3,
      words: 'is a web page titled "Sign in", not JSON',
      next: '--no-check',
    }),
  ],
  [
    'added: 404',
    () => ({
      argv: add(`${servers.http.origin}/gone.json`),
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
      env: through(originOf(servers.closing)),
      exit: 5,
      words: 'made no connection to bim.example.org: it closed the connection',
      next: 'HTTPS_PROXY',
    }),
  ],
  [
    'a proxy that hangs',
    () => ({
      argv: ['list', '-r', FAR],
      env: through(originOf(servers.hanging)),
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
      next: 'bimservice token secured -r services.json --export --output FILE',
    }),
  ],
  [
    'a credentials file that is broken',
    () => ({
      argv: ['token', 'secured', ...LIST],
      env: { BIMSERVICE_CREDENTIALS_FILE: 'broken.txt' },
      exit: 2,
      words: 'broken.txt: this is not what bimservice token SERVICE --export prints',
      next: 'Make new ones',
    }),
  ],
  [
    'a secret that is cut',
    () => ({
      argv: ['token', 'secured', ...LIST],
      env: { BIMSERVICE_CREDENTIALS: 'bimservice-credentials.1.eyJ2' },
      exit: 2,
      words: 'error: BIMSERVICE_CREDENTIALS: these credentials are damaged',
      next: 'Make new ones',
    }),
  ],
  [
    'a secret that is empty, as in a job of a fork',
    () => ({
      argv: ['invoke', 'secured', 'model.ifc', ...LIST],
      env: { BIMSERVICE_CREDENTIALS: '' },
      exit: 4,
      words: 'warning: BIMSERVICE_CREDENTIALS is set and empty',
      next: 'A pipeline leaves a secret empty for a fork',
    }),
  ],
];

describe.concurrent('repositories and proxies', () => {
  meetEach(rows, () => servers);

  test('offline with a copy: the copy is used', async ({ expect }) => {
    await using workspace = await servers.workspace();
    const argv = ['list', '-r', `${servers.http.origin}/list.json`];
    expect((await workspace.run(argv)).code).toBe(0);
    const { code, stdout } = await workspace.run([...argv, '--offline']);
    expect(code).toBe(0);
    expect(stdout).toContain('clash-check');
  });

  test('list --produces and --accepts take families', async ({ expect }) => {
    await using workspace = await servers.workspace();
    const idsOf = async (...argv: string[]) =>
      JSON.parse((await workspace.run(['list', ...argv, '--json', ...LIST])).stdout).services.map(
        ({ id }: { id: string }) => id,
      );
    expect(await idsOf('--produces', 'BCF')).toHaveLength(10);
    expect(await idsOf('--produces', 'bcf', '--accepts', 'IFC')).toContain('clash-check');
    expect(await idsOf('--produces', 'VALIDATION_JSON_1_0')).toEqual(['duplicates']);
  });
});
