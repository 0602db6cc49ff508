// The other clients of the field, as strict doubles, and curl by the lines of the page for people who write a service.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { duplicateGuids } from '../../src/serve/checks/duplicate-guids.js';
import { SAMPLE_MODEL } from '../../src/serve/checks/sample-model.js';
import { answerConsentPage } from '../../src/serve/oauth/consent-answer.js';
import { type Provider, startProvider } from '../../src/serve/provider.js';
import { type ServedService, ServiceError } from '../../src/serve/service/served-service.js';
import * as java from '../support/bimbot-java-client.js';
import { spawnProgram, Workspace } from '../support/cli.js';
import * as freecad from '../support/freecad-client.js';
import { against, fake } from '../support/peer-meta.js';
import { type Answer, ask, countingService } from '../unit/serve/support.js';

/** A person at the consent page: clicks, and sees the next page. */
async function allow(address: string, service?: string): Promise<Answer> {
  const shown = await ask(address);
  const setCookie = shown.headers['set-cookie']?.[0];
  const click = answerConsentPage({ url: address, html: shown.text, setCookie }, 'allow');
  if (click === undefined) throw new Error(`no consent form: ${shown.status} ${shown.text}`);
  return ask(click.url, {
    ...click,
    body: `${click.body}${service === undefined ? '' : `&service=${service}`}`,
  });
}

/** What a person copies from a field of the page. */
const field = (page: Answer, id: string): string =>
  (new RegExp(`id="${id}" value="([^"]+)"`).exec(page.text)?.[1] ?? '').replaceAll('&amp;', '&');

const slow: ServedService = {
  ...countingService('slow'),
  run: async (model, context) => {
    const result = await countingService('slow').run(model, context);
    await new Promise((resolve) => setTimeout(resolve, 6500));
    return result;
  },
};
const failing: ServedService = {
  ...countingService('failing'),
  run: () => Promise.reject(new ServiceError(3, 'No such schema')),
};

let provider: Provider;
beforeAll(async () => {
  const services = [duplicateGuids, slow, failing, countingService('one')];
  provider = await startProvider({ port: 0, host: '127.0.0.1', services });
});
afterAll(() => provider?.[Symbol.asyncDispose]());

describe('BIMbots-FreeCAD', () => {
  against(fake('BIMbots-FreeCAD'));

  async function authorized(name: string): Promise<[address: string, token: string]> {
    const services = await freecad.listServices(provider.origin);
    const service = services.find((each) => each.name === name);
    if (service === undefined) throw new Error(`no ${name}`);
    const page = await allow(await freecad.register(service));
    return [field(page, 'address'), field(page, 'token')];
  }

  it('lists, registers, shows its person a token, and saves the BCF of a run', async () => {
    const [service] = await freecad.listServices(provider.origin);
    expect(service?.outputs[0]).toContain('BCF');
    const [address, token] = await authorized('Duplicate GlobalIds');
    expect(address).toBe(`${provider.origin}/services/duplicate-globalids`);
    expect((await freecad.run(address, token, SAMPLE_MODEL)).slice(0, 2)).toBe('PK');
  });

  it('finds the list of a bare server address', async () => {
    expect(await freecad.listOfServer(provider.origin)).toHaveLength(4);
  });

  it('lives through a run of over five silent seconds', async () => {
    const [address, token] = await authorized('Counting slow');
    expect(await freecad.run(address, token, 'model')).toBe('5 bytes of IFC_STEP_2X3TC1');
  });

  it('knows a failed run as an error', async () => {
    const [address, token] = await authorized('Counting failing');
    await expect(freecad.run(address, token, 'model')).rejects.toThrow('Error: No such schema');
  });
});

describe('BimBotJavaClient', () => {
  against(fake('BimBotJavaClient'));

  async function authorized(
    name: string,
    redirectUrl: string,
  ): Promise<{ token: string; resourceUrl: string }> {
    const service = (await java.listServices(provider.origin)).find((each) => each.name === name);
    if (service === undefined) throw new Error(`no ${name}`);
    const registration = await java.register(service, redirectUrl);
    const page = await allow(java.consentAddress(service, registration));
    expect(page.status).toBe(200);
    return java.exchange(service, registration, field(page, 'address'));
  }

  it.each(['', 'SOME_WORD', 'why?'])(
    'registered with the address "%s", runs a model',
    async (redirectUrl) => {
      const { token, resourceUrl } = await authorized('Counting one', redirectUrl);
      expect(await java.run(resourceUrl, token, 'model', 'IFC_STEP_4')).toEqual({
        outputType: 'UNSTRUCTURED_UTF8_TEXT_1_0',
        title: expect.any(String),
        text: '5 bytes of IFC_STEP_4',
      });
    },
  );

  it('reads a failed run', async () => {
    const { token, resourceUrl } = await authorized('Counting failing', '');
    const result = await java.run(resourceUrl, token, 'model', 'IFC_STEP_4');
    expect(result).toMatchObject({ outputType: 'ERROR', title: 'Error' });
    expect(JSON.parse(result.text)).toEqual({
      code: 3,
      message: expect.stringMatching(/^No such schema \(request [\w-]{36}\)$/),
    });
    const refused = await java.run(resourceUrl, token, 'model', 'IFC_XML_4');
    expect(JSON.parse(refused.text)).toEqual({
      code: 415,
      message: expect.stringMatching(/^This service takes IFC_STEP_4 \(request /),
    });
  });
});

describe('a client that registered with an address', () => {
  against(fake('BimBotJavaClient'));

  it('gets no page with a code, and sends no parameters in the address', async () => {
    const [service] = await java.listServices(provider.origin);
    if (service === undefined) throw new Error('no service');
    const registration = await java.register(service, 'http://127.0.0.1:1000/callback');
    const redirected = await allow(java.consentAddress(service, registration));
    expect(redirected.status).toBe(303);
    await expect(java.exchange(service, registration, redirected.headers.location ?? '')).rejects.toThrow(
      'HTTP 400',
    );
  });
});

describe('curl', () => {
  against({ name: 'curl', version: 'as installed' });

  it('by the lines of docs/writing-a-service.md', async () => {
    const page = await readFile(
      fileURLToPath(new URL('../../docs/writing-a-service.md', import.meta.url)),
      'utf8',
    );
    const lines = [...page.matchAll(/^curl (?:.*\\\n)*.*$/gm)].map(([line]) => line);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), SAMPLE_MODEL);
    const env: Record<string, string> = { SERVER: provider.origin, PATH: process.env.PATH ?? '' };
    for (const line of lines) {
      const done = await spawnProgram('bash', ['-c', line], { cwd: workspace.folder, env });
      expect(done, line).toMatchObject({ code: 0 });
      if (!line.includes('/oauth/register')) continue;
      const { client_id } = JSON.parse(done.stdout);
      const address = `${provider.origin}/oauth/authorize?response_type=code&redirect_uri=SHOW_CODE&client_id=${client_id}`;
      env.TOKEN = field(await allow(address, 'duplicate-globalids'), 'token');
    }
    expect((await readFile(join(workspace.folder, 'result.bcf'))).subarray(0, 2).toString()).toBe('PK');
  });
});
