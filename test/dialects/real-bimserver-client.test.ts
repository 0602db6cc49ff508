// A released BIMserver that sends each new revision to a service of ours (PROTOCOL 1.12). It runs when the two variables of
// real-bimserver.test.ts name a jar and the plug-ins.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMembers } from '../../src/serve/store/members.js';
import { ADMIN, RealBimserver } from '../real/bimserver.js';
import { BimserverProject } from '../real/bimserver-project.js';
import { type Served, script, serveFolder, startServe } from '../serve/server.js';
import { spawnProgram, Workspace } from '../support/cli.js';
import { globalId, stepModel } from '../support/fixtures.js';
import { freePort } from '../support/peer.js';
import { against } from '../support/peer-meta.js';
import { consent, target } from '../unit/serve/support.js';

const { BIMSERVICE_BIMSERVER_JAR: jar, BIMSERVICE_IFCPLUGINS_JAR: ifcplugins } = process.env;
const version = /(\d[\d.]*\d)\.jar$/.exec(jar ?? '')?.[1] ?? '';
const plugins = /(\d[\d.]*\d)\.jar$/.exec(ifcplugins ?? '')?.[1] ?? '';
const SCRIPT = fileURLToPath(new URL('../../examples/bimserver/add-service.mjs', import.meta.url));
const OUTPUT = 'BCF_ZIP_2_1';

/** Keeps what it got and what it returned, each under the number of the run. */
const RECORDER = `
import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
const [input, output, wait] = process.argv.slice(2);
const number = readdirSync('sent').length;
copyFileSync(input, \`got/\${number}\`);
const bytes = randomBytes(20_000);
setTimeout(() => {
  writeFileSync(output, bytes);
  writeFileSync(\`sent/\${number}\`, bytes);
}, Number(wait));
`;

describe.skipIf(!jar || !ifcplugins)(
  'BIMserver as a client: revisions that are sent to a service of ours',
  () => {
    against({
      name: 'BIMserver as a client',
      version: `${version}, as released, with ifcplugins ${plugins}`,
    });

    let server: RealBimserver;
    let folder: Awaited<ReturnType<typeof serveFolder>>;
    let workspace: Workspace;
    let served: Served;
    let port: number;
    let callbackPort: number;
    let projects = 0;

    const start = () => startServe({ cwd: folder.path, data: folder.data, argv: ['services.json'], port });

    beforeAll(async () => {
      folder = await serveFolder();
      workspace = await Workspace.create();
      for (const name of ['got', 'sent']) await mkdir(join(folder.path, name));
      const command = (await script(folder.path, 'recorder.mjs', RECORDER)).replaceAll("'", '').split(' ');
      const service = { outputs: [OUTPUT], inputs: ['IFC_STEP_2X3TC1'], result: { fileName: 'rüst.bcf' } };
      const record = (wait: number) => [...command, '{input}', '{output}', String(wait)];
      await writeFile(
        join(folder.path, 'services.json'),
        JSON.stringify([
          { ...service, name: 'Füller', command: record(0) },
          { ...service, name: 'Slow', command: record(60_000) },
          { ...service, name: 'Failing', command: ['sh', '-c', 'echo "There is no storey" >&2; exit 3'] },
        ]),
      );
      port = await freePort();
      callbackPort = await freePort();
      served = await start();
      server = await RealBimserver.start({ jar: jar ?? '', ifcplugins: ifcplugins ?? '' });
    }, 360_000);

    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
      await served?.[Symbol.asyncDispose]();
      await workspace?.[Symbol.asyncDispose]();
      await folder?.[Symbol.asyncDispose]();
    }, 60_000);

    /** A project with the service. */
    async function projectWith(service: string): Promise<BimserverProject> {
      projects += 1;
      const project = await BimserverProject.add(server, `Project ${projects}`);
      await addService(service, project);
      return project;
    }

    /** The script of the examples adds the service, and a person allows it. */
    async function addService(
      service: string,
      project: BimserverProject,
      ...more: string[]
    ): Promise<string> {
      const options = { bimserver: server.origin, user: ADMIN.username, provider: served.origin, service };
      const all = { ...options, project: project.name, port: String(callbackPort) };
      const argv = Object.entries(all).flatMap(([option, value]) => [`--${option}`, value]);
      let seen = '';
      let allowed: Promise<unknown> | undefined;
      const done = await spawnProgram(process.execPath, [SCRIPT, ...argv, ...more], {
        cwd: folder.path,
        env: { BIMSERVER_PASSWORD: ADMIN.password },
        onStdout: (text) => {
          seen += text;
          const address = /(http:\S+authorize\S+)\n/.exec(seen)?.[1];
          if (address !== undefined) allowed ??= allow(address).catch((error: unknown) => error);
        },
      });
      expect(await allowed).toBeUndefined();
      expect(done, done.stderr).toMatchObject({ code: 0 });
      expect(done.stdout).toContain(`Added ${service} to ${project.name}`);
      return done.stdout;
    }

    async function allow(address: string): Promise<void> {
      await fetch(target(await consent(address)));
    }

    const revision = (number: number) =>
      stepModel({ schema: 'IFC2X3', globalIds: [globalId(number), globalId(number + 1000)] });

    /** What the service returned in its run of that number, and the model that it got. */
    async function run(number: number): Promise<{ sent: Buffer; got: string }> {
      const sent = await readFile(join(folder.path, 'sent', String(number)));
      return { sent, got: await readFile(join(folder.path, 'got', String(number)), 'utf8') };
    }
    const runs = async () => (await readdir(join(folder.path, 'sent'))).length;

    test('it lists the services, each with a number of its own', async () => {
      const token = await server.login();
      await server.call('SettingsInterface', 'setServiceRepositoryUrl', { url: served.origin }, token);
      const list = await server.call('NewServicesInterface', 'listAllServiceDescriptors', {}, token);
      const services = (Array.isArray(list) ? list : []).map(readMembers);
      expect(services.map(({ name }) => name)).toEqual(['Füller', 'Slow', 'Failing']);
      expect(new Set(services.map(({ oid }) => oid)).size).toBe(3);
      const types = await server.call(
        'ServiceInterface',
        'getAllRepositoryExtendedDataSchemas',
        { usePre: false },
        token,
      );
      expect(types).toMatchObject([{ name: OUTPUT }]);
    });

    test('ten revisions, each with its own result, byte for byte, also after a restart of ours', async () => {
      const project = await projectWith('Füller');
      for (let number = 0; number < 10; number += 1) {
        if (number === 5) {
          await served[Symbol.asyncDispose]();
          served = await start();
        }
        const result = await project.result(await project.checkIn(revision(number)));
        const { sent, got } = await run(number);
        expect(got).toContain(globalId(number));
        expect(result.data.equals(sent)).toBe(true);
        expect(result).toMatchObject({
          title: 'Füller results',
          name: 'r_st.bcf',
          mime: expect.stringContaining('/'),
        });
      }
    });

    test('a revision while ours is down is lost, and can be sent once more', async () => {
      const project = await projectWith('Füller');
      const before = await runs();
      await served[Symbol.asyncDispose]();
      const roid = await project.checkIn(revision(50));
      await expect(project.trigger(roid)).rejects.toThrow('Connection refused');
      served = await start();
      expect(await project.results(roid)).toEqual([]);
      await project.trigger(roid);
      expect((await project.result(roid)).data.equals((await run(before)).sent)).toBe(true);
    });

    test('a failed run leaves no result, and BIMserver reports the reason', async () => {
      const project = await projectWith('Failing');
      const roid = await project.checkIn(revision(20));
      await expect(project.trigger(roid)).rejects.toThrow(
        /Remote service responded with a HTTP\/1.1 500 .*There is no storey/,
      );
      expect(await project.results(roid)).toEqual([]);
      // The run of the check-in, and the one by hand.
      await expect.poll(() => served.stderr().match(/run-failed "Failing"/g)?.length).toBe(2);
    });

    test('a revoked token is a 401 to BIMserver, and the script puts another one in its place', async () => {
      const project = await projectWith('Füller');
      const argv = ['--data', folder.data, '--json'];
      const listed = await workspace.run(['serve', 'token', 'list', ...argv]);
      const { tokens } = JSON.parse(listed.stdout) as { tokens: { id: string }[] };
      for (const { id } of tokens) await workspace.run(['serve', 'token', 'revoke', id, ...argv]);
      const roid = await project.checkIn(revision(30));
      await expect(project.trigger(roid)).rejects.toThrow('Remote service responded with a 401 Unauthorized');
      expect(await project.results(roid)).toEqual([]);
      const number = await runs();
      expect(await addService('Füller', project)).toContain('Removed the Füller that the project had.');
      await project.trigger(roid);
      expect((await project.result(roid)).data.equals((await run(number)).sent)).toBe(true);
    });

    test('it loses the token that it fetches itself: the reason for the script', async () => {
      const project = await projectWith('Füller');
      const token = await server.login();
      const call = (method: string, parameters: object) =>
        server.call('OAuthInterface', method, parameters, token);
      const [known] = [await call('listRegisteredServers', {})].flat();
      const { oid: serverId, registrationEndpoint, redirectUrl } = readMembers(known);
      const forward = {
        registrationEndpoint,
        authorizeUrl: `${served.origin}/oauth/authorize`,
        returnUrl: `${redirectUrl}?page=Project`,
      };
      const address = new URL(String(await call('generateForwardUrl', forward)));
      address.searchParams.set('state', '{"_serviceName":"Füller"}');
      const code = target(await consent(address.href)).searchParams.get('code');
      const soid = await project.serviceId();
      await expect(call('getRemoteToken', { soid, code, serverId })).rejects.toThrow('Database error');
      await expect.poll(() => served.stderr().match(/token-issued/g)?.length).toBeGreaterThan(1);
    });

    test('a registration that was revoked here is made another time by the script', async () => {
      const project = await projectWith('Füller');
      const argv = ['--data', folder.data, '--json'];
      const { stdout } = await workspace.run(['serve', 'client', 'list', ...argv]);
      const { clients } = JSON.parse(stdout) as { clients: { id: string }[] };
      for (const { id } of clients) await workspace.run(['serve', 'client', 'revoke', id, ...argv]);
      await addService('Füller', project, '--register-again');
      const number = await runs();
      const result = await project.result(await project.checkIn(revision(60)));
      expect(result.data.equals((await run(number)).sent)).toBe(true);
    });

    test.skipIf(process.env.BIMSERVICE_PEER_TESTS !== '1')(
      'a run of a minute',
      async () => {
        const project = await projectWith('Slow');
        const number = await runs();
        const roid = await project.checkIn(revision(40));
        const result = await project.result(roid, 180_000);
        expect(result.data.equals((await run(number)).sent)).toBe(true);
      },
      400_000,
    );
  },
);
