// `watch --bimserver`: a service runs on new revisions of a project, and its results become extended data (PROTOCOL 1.14).
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BimServer } from '../support/bimserver.js';
import { endSessions, USER } from '../support/bimserver-json.js';
import { type BimProject, USER_TOKEN } from '../support/bimserver-projects.js';
import { type CliResult, type RunOverrides, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { Session } from '../support/session.js';
import { type PlannedResponse, StrictServer } from '../support/strict-server.js';

const MODEL = stepModel({ schema: 'IFC2X3', bytes: 3000 });
const OTHER = stepModel({ schema: 'IFC2X3', bytes: 3001 });

const FINE: PlannedResponse = {
  status: 200,
  headers: [
    ['Output-Type', 'UNSTRUCTURED_UTF8_TEXT_1_0'],
    ['Content-Type', 'text/plain'],
    ['Content-Disposition', 'attachment; filename="report.txt"'],
    ['Data-Title', 'Two clashes'],
  ],
  body: 'fine',
};

/** A BIMserver with one project, and a service that knows nothing of it. */
class Site implements AsyncDisposable {
  readonly bim: BimServer;
  readonly service: StrictServer;
  readonly workspace: Workspace;
  readonly project: BimProject;
  response = FINE;

  private constructor(bim: BimServer, service: StrictServer, workspace: Workspace) {
    this.bim = bim;
    this.service = service;
    this.workspace = workspace;
    this.project = bim.projects.add('Town hall');
  }

  static async start(): Promise<Site> {
    const service = await StrictServer.start({
      run: { method: 'POST', path: '/run', handle: () => at.response },
    });
    const at = new Site(await BimServer.start(), service, await Workspace.create());
    const list = [{ name: 'Check', resourceUrl: `${service.origin}/run` }];
    await writeFile(join(at.workspace.folder, 'list.json'), JSON.stringify(list));
    return at;
  }

  argv(...more: string[]): string[] {
    const where = ['--bimserver', this.bim.server.origin, '-r', 'list.json', '-o', 'results'];
    return ['watch', 'check', ...where, '--project', 'Town hall', ...more];
  }

  once(
    more: string[] = [],
    overrides: RunOverrides = { env: { BIMSERVICE_BIMSERVER_TOKEN: USER_TOKEN } },
  ): Promise<CliResult> {
    return this.workspace.run([...this.argv('--once'), ...more], overrides);
  }

  get runs(): Buffer[] {
    return this.service.callsTo('run').map(({ body }) => body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bim[Symbol.asyncDispose]();
    await this.service[Symbol.asyncDispose]();
    await this.workspace[Symbol.asyncDispose]();
  }
}

test('a new revision runs once, and its result is extended data of that revision with the right schema', async () => {
  await using at = await Site.start();
  const roid = at.bim.projects.checkIn(at.project, MODEL);
  const { code, stdout, stderr } = await at.once();
  expect(code, stderr).toBe(0);
  expect(at.runs).toEqual([MODEL]);
  expect(stdout).toMatch(/results\/Town hall\/[^/]+\/report\.txt\n$/);
  expect(await readFile(stdout.trim(), 'utf8')).toBe('fine');
  expect(at.bim.projects.extendedData).toEqual([
    {
      roid,
      title: 'Two clashes',
      schema: 'UNSTRUCTURED_UTF8_TEXT_1_0',
      fileName: 'report.txt',
      mime: 'text/plain',
      data: 'fine',
    },
  ]);
  expect(await at.once()).toMatchObject({ code: 0, stdout: '' });
  expect(at.runs).toHaveLength(1);
  expect(at.bim.projects.downloads, 'a known revision is not downloaded again').toBe(1);
});

test('a check-in without a change is not run, and the revision before the last one is removed', async () => {
  await using at = await Site.start();
  at.bim.projects.checkIn(at.project, MODEL);
  await at.once();
  at.bim.projects.checkIn(at.project, MODEL);
  const { stderr } = await at.once(['-v']);
  expect(stderr).toContain('the content is as before');
  expect(at.runs).toHaveLength(1);
  const roid = at.bim.projects.checkIn(at.project, OTHER);
  await at.once();
  expect(at.runs).toEqual([MODEL, OTHER]);
  const kept = await readdir(join(at.workspace.folder, 'results/.revisions'));
  expect(kept).toContain(`${at.project.oid}-${roid}.ifc`);
});

test('a project without a revision waits; deleted ones of the same name do not count', async () => {
  await using at = await Site.start();
  at.bim.projects.checkIn(at.bim.projects.add('Town hall', 'ifc4', 'DELETED'), OTHER);
  expect(await at.once()).toMatchObject({ code: 0, stdout: '' });
  expect(at.runs).toEqual([]);
});

test('an IFC4 project is downloaded by the serializer of IFC4', async () => {
  await using at = await Site.start();
  const school = at.bim.projects.add('School', 'ifc4');
  at.bim.projects.checkIn(school, stepModel({ schema: 'IFC4', bytes: 4000 }));
  expect(await at.once(['--project', 'School'])).toMatchObject({ code: 0 });
  expect(at.runs).toHaveLength(1);
});

test('two projects of one name differ by their id', async () => {
  await using at = await Site.start();
  const second = at.bim.projects.add('Town hall');
  at.bim.projects.checkIn(second, MODEL);
  const several = await at.once();
  expect(several).toMatchObject({ code: 2 });
  expect(several.stderr).toContain(`--project ${at.project.oid}`);
  const argv = at.argv('--once').map((word) => (word === 'Town hall' ? String(second.oid) : word));
  const env = { BIMSERVICE_BIMSERVER_TOKEN: USER_TOKEN };
  expect(await at.workspace.run(argv, { env })).toMatchObject({ code: 0 });
  expect(at.runs).toEqual([MODEL]);
});

test.each([
  ['a password from stdin', ['--user', USER.name], { stdin: `${USER.password}\n` }, 0],
  [
    'a password from the environment',
    ['--user', USER.name],
    { env: { BIMSERVICE_BIMSERVER_PASSWORD: USER.password } },
    0,
  ],
  ['a token from stdin', [], { stdin: `${USER_TOKEN}\n` }, 0],
  ['a wrong password', ['--user', USER.name], { stdin: 'wrong\n' }, 4],
  ['a wrong token', [], { stdin: 'AAAA\n' }, 4],
  ['no secret', [], {}, 2],
])('%s', async (_, more, overrides, code) => {
  await using at = await Site.start();
  at.bim.projects.checkIn(at.project, MODEL);
  const done = await at.once(more, overrides);
  expect(done.code, done.stderr).toBe(code);
  expect(at.runs).toHaveLength(code === 0 ? 1 : 0);
  for (const secret of [USER.password, USER_TOKEN]) expect(done.stdout + done.stderr).not.toContain(secret);
});

test.each([
  ['no project', ['--bimserver', 'http://127.0.0.1:9'], '--project NAME'],
  ['a project without a server', ['--project', 'A'], '--bimserver URL'],
  ['a folder, too', ['--bimserver', 'http://127.0.0.1:9', '--project', 'A', '.'], 'not both'],
  ['neither', [], 'needs a folder'],
])('%s is a mistake that says what is missing', async (_, more, words) => {
  await using at = await Site.start();
  const { code, stderr } = await at.workspace.run(['watch', 'check', '-r', 'list.json', ...more]);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('a project that is not there', async () => {
  await using at = await Site.start();
  const argv = at.argv('--once').map((word) => (word === 'Town hall' ? 'Nope' : word));
  const env = { BIMSERVICE_BIMSERVER_TOKEN: USER_TOKEN };
  expect(await at.workspace.run(argv, { env })).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('has no project Nope for this user'),
  });
});

test('a server that sends no IFC: nothing is run, and the next time tries again', async () => {
  await using at = await Site.start();
  at.bim.projects.checkIn(at.project, MODEL);
  at.bim.projects.failsDownloads = true;
  const { code, stderr } = await at.once();
  expect(code).toBe(7);
  expect(stderr).toMatch(/cannot be downloaded .*an empty response/);
  at.bim.projects.failsDownloads = false;
  expect(await at.once()).toMatchObject({ code: 0 });
  expect(at.runs).toEqual([MODEL]);
});

test('the status of a failed download is reported once', async () => {
  await using at = await Site.start();
  at.bim.projects.checkIn(at.project, MODEL);
  at.bim.projects.downloadStatus = 503;
  const { code, stderr } = await at.once();
  expect(code).toBe(7);
  expect(stderr).toMatch(/cannot be downloaded \(127\.0\.0\.1:\d+: status 503\)/);
});

test('no rights for the schema: the result is saved, and the error says who can help', async () => {
  await using at = await Site.start();
  at.bim.projects.isAdministrator = false;
  at.bim.projects.checkIn(at.project, MODEL);
  const { code, stderr } = await at.once();
  expect(code).toBe(6);
  expect(stderr).toMatch(/the result is saved, but .*UNSTRUCTURED_UTF8_TEXT_1_0 .*administrator can add it/);
  expect(await readdir(join(at.workspace.folder, 'results/Town hall'))).toContain('latest');
  at.bim.projects.addSchema('UNSTRUCTURED_UTF8_TEXT_1_0');
  at.bim.projects.checkIn(at.project, OTHER);
  expect(await at.once()).toMatchObject({ code: 0 });
  expect(at.bim.projects.extendedData).toHaveLength(1);
});

test('a service that has nothing to report adds nothing', async () => {
  await using at = await Site.start();
  at.response = { status: 204 };
  at.bim.projects.checkIn(at.project, MODEL);
  expect(await at.once()).toMatchObject({ code: 0 });
  expect(at.bim.projects.extendedData).toEqual([]);
});

test('while it watches: a restart of the server ends the session, and the watch goes on', async () => {
  await using at = await Site.start();
  const argv = at.argv('--every', '100ms', '-v');
  await using watch = new Session(at.workspace, argv, { env: { BIMSERVICE_BIMSERVER_TOKEN: USER_TOKEN } });
  await watch.waitForText(/Watching Town hall at http/);
  at.bim.projects.checkIn(at.project, MODEL);
  await watch.waitForText(/Town hall: done/);
  endSessions(at.bim);
  at.bim.projects.checkIn(at.project, OTHER);
  await watch.waitForText(/Town hall: done[\s\S]*Town hall: done/);
  watch.interrupt();
  expect((await watch.end()).code).toBe(130);
  expect(at.runs).toEqual([MODEL, OTHER]);
  expect(at.bim.projects.extendedData).toHaveLength(2);
});
