// A BIMserver that uses our services: list, registration, consent, token, and the result as extended data (PROTOCOL 1.12).
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Provider, startProvider } from '../../src/serve/provider.js';
import {
  type ServedService,
  ServiceError,
  type ServiceResult,
} from '../../src/serve/service/served-service.js';
import { BimserverClient, type Descriptor, type ProjectService } from '../support/bimserver-client.js';
import { Workspace } from '../support/cli.js';
import { against, fake } from '../support/peer-meta.js';
import { type Answer, ask, consent, countingService, target } from '../unit/serve/support.js';
import { serveFolder, startServe } from './server.js';
import { hasSqlite } from './stores.js';

const SETTINGS = { name: 'Büro', description: 'Ours', icon: null };
/** Bimviews registers its page, and asks for consent with a query behind it. */
const PAGE = 'http://127.0.0.1:8082/apps/bimviews/';
const RETURN = `${PAGE}?page=Project&poid=131073&soid=3`;
const OUTPUT = 'UNSTRUCTURED_UTF8_TEXT_1_0';
const MODEL = Buffer.from('ISO-10303-21;\r\n\0\xff', 'latin1');

/** Returns the model, as it arrived. */
const echo: ServedService = {
  ...countingService('echo', 'Echo'),
  inputs: [],
  run: async (model): Promise<ServiceResult> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of model) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    return {
      fileName: 'größe "1".txt',
      contentType: 'text/plain',
      outputType: OUTPUT,
      title: 'Größe ✓',
      body,
    };
  },
};
const failing: ServedService = {
  ...countingService('failing', 'Failing'),
  run: () => Promise.reject(new ServiceError(3, 'Kein Gebäude\nin this model')),
};

let provider: Provider;
let bimserver: BimserverClient;
const startOurs = (changes: Partial<Parameters<typeof startProvider>[0]> = {}) =>
  startProvider({
    port: 0,
    host: '127.0.0.1',
    services: [echo, failing, countingService('one')],
    ...changes,
  });
beforeEach(async () => {
  provider = await startOurs();
  bimserver = new BimserverClient(SETTINGS, [OUTPUT]);
});
afterEach(() => provider[Symbol.asyncDispose]());

async function described(name: string): Promise<Descriptor & { registerUrl: string; tokenUrl: string }> {
  const service = (await bimserver.listAllServiceDescriptors(provider.origin)).find(
    (each) => each.name === name,
  );
  if (service === undefined) throw new Error(`no ${name}`);
  return { ...service, registerUrl: service.registerUrl ?? '', tokenUrl: service.tokenUrl ?? '' };
}

/** Registers, and shows the consent page for `returnUrl`. */
async function forwardUrl(name: string, page = PAGE, returnUrl = RETURN): Promise<string> {
  const { registerUrl, authorizationUrl } = await described(name);
  await bimserver.registerApplication(registerUrl, page);
  const address = bimserver.generateForwardUrl(registerUrl, authorizationUrl ?? '', returnUrl);
  return address.replace('state=state', `state=${encodeURIComponent(`{"_serviceName":"${name}"}`)}`);
}

async function authorized(name: string): Promise<ProjectService> {
  const back = target(await consent(await forwardUrl(name)));
  const { registerUrl, tokenUrl } = await described(name);
  const registration = await bimserver.registerApplication(registerUrl, PAGE);
  const code = back.searchParams.get('code') ?? '';
  const given = await bimserver.requestToken(tokenUrl, registration, code);
  return { name, ...given, input: 'IFC_STEP_4', output: OUTPUT };
}

against(fake('BIMserver as a client'));

describe('BIMserver that uses a service of ours', () => {
  it('lists every service with a number of its own, and types to select from', async () => {
    const services = await bimserver.listAllServiceDescriptors(provider.origin);
    expect(bimserver.log).toEqual([]);
    expect(services.map(({ name }) => name)).toEqual(['Echo', 'Failing', 'Counting one']);
    expect(new Set(services.map(({ oid }) => oid)).size).toBe(3);
    for (const { oid, inputs, outputs } of services) {
      expect(oid).toBeGreaterThan(0);
      expect(inputs).toContain('IFC_STEP_4');
      expect(outputs).toEqual([OUTPUT]);
    }
    expect(await bimserver.listAllServiceDescriptors(provider.origin)).toEqual(services);
  });

  it('lists the types of the results, for the administrator to add', async () => {
    const types = await bimserver.getAllRepositoryExtendedDataSchemas(provider.origin);
    expect(types).toEqual(new Map([[OUTPUT, 'text/plain']]));
  });

  it('registers once for all services, with times that it can read', async () => {
    const { registerUrl } = await described('Echo');
    const registration = await bimserver.registerApplication(registerUrl, PAGE);
    expect(Math.abs(registration.issuedAt.getTime() - Date.now())).toBeLessThan(60_000);
    // It never registers a second time at this address, so the registration must not end with a year.
    expect(registration.expiresAt.getTime()).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
    expect(await bimserver.registerApplication(registerUrl, PAGE)).toBe(registration);
  });

  it('gets its code at the registered page with the query of the consent', async () => {
    const back = target(await consent(await forwardUrl('Echo')));
    expect(`${back.origin}${back.pathname}`).toBe(PAGE);
    expect([...back.searchParams.keys()]).toEqual(['page', 'poid', 'soid', 'code', 'state']);
  });

  it.each([
    ['scheme', 'https://127.0.0.1:8082/apps/bimviews/?page=Project'],
    ['host', 'http://localhost:8082/apps/bimviews/?page=Project'],
    ['port', 'http://127.0.0.1:8083/apps/bimviews/?page=Project'],
    ['path', 'http://127.0.0.1:8082/apps/other/?page=Project'],
    ['fragment', `${PAGE}#part`],
  ])('gets no code at another %s', async (_title, returnUrl) => {
    const page = await ask(await forwardUrl('Echo', PAGE, returnUrl));
    expect(page.status).toBe(400);
    expect(page.headers.location).toBeUndefined();
  });

  it('gets the result byte for byte, with a name and a title that it reads right', async () => {
    const result = await bimserver.triggerRevisionService(await authorized('Echo'), MODEL);
    expect(result.data.equals(MODEL)).toBe(true);
    expect(result).toMatchObject({ filename: 'gr__e _1_.txt', title: 'Größe ?', mime: 'text/plain' });
  });

  it('loses the token that it fetches, and gets a 401 at the next revision', async () => {
    const address = await forwardUrl('Echo');
    const code = target(await consent(address)).searchParams.get('code') ?? '';
    const { registerUrl, tokenUrl, resourceUrl } = await described('Echo');
    const registration = await bimserver.registerApplication(registerUrl, PAGE);
    await expect(bimserver.getRemoteToken(tokenUrl, registration, code)).rejects.toThrow('READ_ONLY');
    const service = { name: 'Echo', resourceUrl, accessToken: null, input: 'IFC_STEP_4', output: OUTPUT };
    await expect(bimserver.triggerRevisionService(service, MODEL)).rejects.toThrow('401 Unauthorized');
  });

  it('stores no result of a failed run, and reports why it failed', async () => {
    const run = bimserver.triggerRevisionService(await authorized('Failing'), MODEL);
    await expect(run).rejects.toThrow('HTTP/1.1 500 Kein Gebäude in this model');
  });

  it('reports why a model was refused', async () => {
    const service = { ...(await authorized('Counting one')), input: 'IFC_XML_4' };
    await expect(bimserver.triggerRevisionService(service, MODEL)).rejects.toThrow(
      'HTTP/1.1 415 This service takes IFC_STEP_4',
    );
  });

  it('fails after our response when its icon has no address, and is a new client afterwards', async () => {
    const { registerUrl } = await described('Echo');
    const withIcon = new BimserverClient({ ...SETTINGS, icon: '/img/bimserver.png' }, []);
    await expect(withIcon.registerApplication(registerUrl, PAGE)).rejects.toThrow('no protocol');
    expect(await bimserver.registerApplication(registerUrl, PAGE)).toMatchObject({
      clientId: expect.stringMatching(/./),
    });
  });
});

describe('how long a token lives', () => {
  const life = (page: Answer) => /read the results, for ([^.]*)\./.exec(page.text)?.[1];

  it('is a year for a BIMserver, which cannot refresh it', async () => {
    expect(life(await ask(await forwardUrl('Echo')))).toBe('365 days');
  });

  it('is what the operator says, where the operator says it', async () => {
    await provider[Symbol.asyncDispose]();
    provider = await startOurs({ tokenMs: 3_600_000 });
    expect(life(await ask(await forwardUrl('Echo')))).toMatch(/^1 ?h/);
  });
});

describe('a page of a BIMserver in the same network, without https', () => {
  const page = 'http://bim.intern:8080/apps/bimviews/';

  it('is refused, and the message names the option', async () => {
    await expect(forwardUrl('Echo', page, `${page}?page=Project`)).rejects.toThrow(
      '--allow-redirect-host bim.intern:8080',
    );
  });

  it.each(['bim.intern', 'bim.intern:8080'])('gets a code when %s is allowed', async (host) => {
    await provider[Symbol.asyncDispose]();
    provider = await startOurs({ redirectHosts: new Set([host]) });
    const address = await forwardUrl('Echo', page, `${page}?page=Project`);
    expect((await ask(address)).text).toContain('a connection without encryption');
    expect(target(await consent(address)).host).toBe('bim.intern:8080');
  });

  it('is refused at another port than the allowed one', async () => {
    await provider[Symbol.asyncDispose]();
    provider = await startOurs({ redirectHosts: new Set(['bim.intern:9090']) });
    await expect(forwardUrl('Echo', page, page)).rejects.toThrow('invalid_redirect_uri');
  });

  it('is refused for a client by RFC 7591 also where the machine is allowed', async () => {
    await provider[Symbol.asyncDispose]();
    provider = await startOurs({ redirectHosts: new Set(['bim.intern']) });
    const refused = await ask(`${provider.origin}/oauth/register`, {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [page] }),
    });
    expect(refused.status).toBe(400);
    expect(refused.text).not.toContain('--allow-redirect-host');
  });

  it.runIf(hasSqlite())('is allowed by an option of the program', async () => {
    await using folder = await serveFolder();
    const argv = ['--exec', 'true', '--name', 'Echo', '--allow-redirect-host', 'Bim.Intern:8080'];
    await using served = await startServe({ cwd: folder.path, data: folder.data, argv });
    const [service] = await bimserver.listAllServiceDescriptors(served.origin);
    const { clientId } = await bimserver.registerApplication(service?.registerUrl ?? '', page);
    expect(clientId).toMatch(/^[\w-]{16,}$/);
  });

  it.each(['http://bim.intern', 'bim.intern/apps', ''])('the option does not take "%s"', async (host) => {
    await using workspace = await Workspace.create();
    const done = await workspace.run(['serve', '--check', '--allow-redirect-host', host]);
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a host') });
    expect(done.stderr).toContain('--allow-redirect-host bim.example.org:8080');
  });
});
