// The original form with a program in another language: the built program against a PHP service.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { readJsonObject } from '../support/json.js';
import { findPhp, type PhpService, phpPeer, startPhpService } from '../support/php.js';
import { Session } from '../support/session.js';
import { readArchive } from '../unit/serve/archive.js';

const php = findPhp();
const MIB = 1024 * 1024;
const ID = 'clash-detection';
const RESOURCE = '/services/clashdetection.php';
/** A failed run leaves its receipt, and nothing that looks like a result. */
const ONLY_A_RECEIPT = ['house.ifc', `house.ifc.${ID}.run.json`];
const CLIENT_NAME = '<i>Büro 3</i> & "Söhne"';

describe.skipIf(php === null)('a PHP service in the original flat form', () => {
  let service: PhpService;
  let workspace: Workspace;
  let repository: string[];

  beforeEach(async () => {
    if (php === null) return;
    service = await startPhpService(php);
    workspace = await Workspace.create();
    repository = ['-r', service.listUrl];
  });

  afterEach(async () => {
    await workspace?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  describe('the built program', () => {
    beforeEach(({ task }) => {
      if (php !== null) task.meta.peer = phpPeer(php);
    });

    const bim = (argv: readonly string[], env: Record<string, string> = {}) =>
      workspace.spawn([...argv, ...repository], { env });

    /** The built program waits for the consent, while a person with a browser opens the printed address. */
    async function authorize(press: 'allow' | 'deny', ...options: string[]) {
      const argv = ['authorize', ID, '--no-browser', '--json', ...options, ...repository];
      await using session = new Session(workspace, argv);
      await using person = new Person({ answers: {}, press });
      await person.open(await session.waitForText(/^\s*(http:\/\/\S+)\s*$/m));
      const visit = await person.visit();
      return { ...(await session.end()), visit };
    }

    async function model(bytes?: number): Promise<Buffer> {
      const bytesOf = stepModel({ schema: 'IFC2X3', ...(bytes === undefined ? {} : { bytes }) });
      await writeFile(join(workspace.folder, 'house.ifc'), bytesOf);
      return bytesOf;
    }

    const filesInWorkspace = async () =>
      (await readdir(workspace.folder)).filter((name) => !name.startsWith('.config'));

    test('the whole chain: list, register, authorize, token, invoke, without complaints', async () => {
      const listed = JSON.parse((await bim(['list', '--json'])).stdout);
      expect(listed).toMatchObject({
        services: [{ id: ID, status: 'unregistered', inputs: ['IFC_STEP_2x3TC1'], outputs: ['BCF_ZIP_2.0'] }],
        warnings: [],
      });

      const registered = await bim(['register', ID, '--json', '--client-name', CLIENT_NAME]);
      expect(registered, registered.stderr).toMatchObject({ code: 0 });
      const year = Date.now() + 365 * 24 * 3_600_000;
      const { services } = JSON.parse((await bim(['status', '--json'])).stdout);
      expect(services[0]).toMatchObject({ status: 'registered', registration: { clientName: CLIENT_NAME } });
      // In seconds, as PHP's time() returns them.
      expect(Math.abs(services[0].registration.expiresAt - year)).toBeLessThan(60_000);

      const authorized = await authorize('allow');
      expect(authorized, authorized.stderr).toMatchObject({ code: 0, visit: { status: 200 } });
      expect(JSON.parse(authorized.stdout)).toEqual({
        service: ID,
        status: 'authorized',
        expires: null,
        expiresAt: null,
      });
      expect(authorized.visit.hops.map((hop) => new URL(hop).pathname)).toEqual([
        '/authorize.php',
        '/authorize.php',
        expect.stringMatching(/^\/callback\//),
      ]);
      // Only JSON was sent, and no form after it.
      expect(await service.requests('/token.php')).toEqual(['POST /token.php application/json 200']);
      expect(await service.requests('/register.php')).toEqual(['POST /register.php application/json 200']);

      const token = (await bim(['token', ID])).stdout.trim();
      expect(token).toMatch(/^[0-9a-f]{40}$/);

      const sent = await model(300_000);
      const sha256 = createHash('sha256').update(sent).digest('hex');
      const invoked = await bim(['invoke', ID, 'house.ifc', '--json']);
      expect(invoked, invoked.stderr).toMatchObject({ code: 0 });
      const line = JSON.parse(invoked.stdout);
      expect(line).toMatchObject({
        outcome: 'done',
        input: { bytes: sent.length, sha256, type: 'IFC_STEP_2x3TC1' },
        output: {
          path: join(workspace.folder, 'clashes.bcfzip'),
          type: 'BCF_ZIP_2_0',
          title: 'Clashes – 1 Befund für Sie',
        },
      });
      expect(await filesInWorkspace()).toEqual(['clashes.bcfzip', 'clashes.bcfzip.run.json', 'house.ifc']);
      expect(
        JSON.parse(await readFile(join(workspace.folder, 'clashes.bcfzip.run.json'), 'utf8')),
      ).toMatchObject(line);
      const bcf = await readArchive(await readFile(join(workspace.folder, 'clashes.bcfzip')));
      const [, markup] = [...bcf].find(([name]) => name.endsWith('/markup.bcf')) ?? [];
      expect(markup).toContain(`${sent.length} bytes with the SHA-256 ${sha256} were searched.`);
      expect(await service.refusals()).toEqual([]);
    });

    test("B086: a model above PHP's default of 8 MB arrives complete at a server that never sends 100 Continue", async () => {
      await authorize('allow');
      const sent = await model(9 * MIB + 1);
      const invoked = await bim(['invoke', ID, 'house.ifc']);
      expect(invoked, invoked.stderr).toMatchObject({ code: 0 });
      const bcf = await readArchive(await readFile(join(workspace.folder, 'clashes.bcfzip')));
      expect([...bcf.values()].join()).toContain(`${sent.length} bytes`);
      expect(await service.refusals()).toEqual([]);
    });

    test('B008: a denial is exit 4 at once, and no token is requested', async () => {
      const denied = await authorize('deny', '--wait', '5m');
      expect(denied.code).toBe(4);
      expect(JSON.parse(denied.stdout)).toMatchObject({
        error: { code: 'access-denied', phase: 'authorize' },
      });
      expect(denied.visit.body).toMatch(/not authorized|denied|refused/i);
      expect(await service.requests('/token.php')).toEqual([]);
      expect(await service.refusals()).toEqual([]);
    });

    test('an unknown token: exit 4, and nothing is saved', async () => {
      await model();
      const refused = await bim(['invoke', ID, 'house.ifc', '--json'], { BIMSERVICE_TOKEN: 'f'.repeat(40) });
      expect(refused.code).toBe(4);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'token-refused' }, output: null });
      expect(await filesInWorkspace()).toEqual(ONLY_A_RECEIPT);
      expect(await service.refusals()).toEqual([`POST ${RESOURCE} 401 this token is not known here`]);
    });

    test('a type outside its list is sent on request, and its reason is shown: exit 6', async () => {
      await authorize('allow');
      await model();
      const refused = await bim(['invoke', ID, 'house.ifc', '--input-type', 'IFC_STEP_4']);
      expect(refused.code).toBe(6);
      expect(refused.stderr).toContain('Input-Type is IFC_STEP_4, but must be one of IFC_STEP_2x3TC1');
      expect(await filesInWorkspace()).toEqual(ONLY_A_RECEIPT);
      expect(await service.refusals()).toHaveLength(1);
    });
  });

  describe('the double itself is strict', () => {
    const post = (path: string, type: string, body: string, headers: Record<string, string> = {}) =>
      fetch(service.origin + path, {
        method: 'POST',
        headers: { 'Content-Type': type, ...headers },
        body,
        redirect: 'manual',
      });
    const postJson = (path: string, value: unknown) => post(path, 'application/json', JSON.stringify(value));
    const json = async (response: Response) => readJsonObject(await response.text()) ?? {};
    const client = {
      type: 'push',
      client_name: CLIENT_NAME,
      client_url: 'http://127.0.0.1/',
      client_description: 'a test',
      redirect_url: 'http://127.0.0.1:9/back?kept=1',
    };
    const FORM = 'application/x-www-form-urlencoded';

    test.each([
      ['a token request in a form', '/token.php', FORM, 'grant_type=authorization_code', 415],
      ['a registration in a form', '/register.php', FORM, new URLSearchParams(client).toString(), 415],
      ['a registration without a name', '/register.php', 'application/json', '{"type":"push"}', 400],
      ['a consent without its session', '/authorize.php', FORM, 'csrf=0&answer=allow', 403],
      ['a model without a token', RESOURCE, 'application/octet-stream', 'ISO-10303-21;', 401],
      ['parameters in the address', '/token.php?code=1', 'application/json', '{}', 400],
    ])('%s', async (_, path, type, body, status) => {
      expect((await post(path, type, body)).status).toBe(status);
      expect(await service.refusals()).toEqual([
        expect.stringContaining(`POST ${path.split('?')[0]} ${status}`),
      ]);
    });

    test('a code works once, only for its own client; names are escaped; the form belongs to its session', async () => {
      const { client_id, client_secret } = await json(await postJson('/register.php', client));
      const state = '{"a": "b & c+d%ü"}';
      const query = new URLSearchParams({ client_id: String(client_id), response_type: 'code', state });
      const consent = async (withCookie: boolean) => {
        const page = await fetch(`${service.origin}/authorize.php?${query}`);
        const html = await page.text();
        expect(html).toContain('&lt;i&gt;Büro 3&lt;/i&gt; &amp; &quot;Söhne&quot;');
        const [csrf = ''] = /(?<=name="csrf" value=")\w+/.exec(html) ?? [];
        const [cookie = ''] = /PHPSESSID=[^;]+/.exec(page.headers.get('set-cookie') ?? '') ?? [];
        expect([csrf, cookie]).not.toContain('');
        const body = new URLSearchParams({ csrf, answer: 'allow' }).toString();
        return post('/authorize.php', FORM, body, withCookie ? { Cookie: cookie } : {});
      };
      expect((await consent(false)).status).toBe(403);
      const allowed = await consent(true);
      expect(allowed.status).toBe(303);
      const back = new URL(allowed.headers.get('location') ?? '');
      expect(back.href).toMatch(/^http:\/\/127\.0\.0\.1:9\/back\?kept=1&/);
      expect(back.searchParams.get('state')).toBe(state);

      const code = back.searchParams.get('code');
      const ask = { grant_type: 'authorization_code', code, client_id, client_secret };
      const wrong = await postJson('/token.php', { ...ask, client_secret: 'x' });
      expect([wrong.status, (await json(wrong)).error]).toEqual([401, 'invalid_client']);
      const right = await postJson('/token.php', ask);
      expect(await json(right)).toEqual({ access_token: expect.stringMatching(/^[0-9a-f]{40}$/) });
      const again = await postJson('/token.php', ask);
      expect([again.status, (await json(again)).error]).toEqual([400, 'invalid_grant']);
      expect(await service.refusals()).toHaveLength(3);
    });
  });
});
