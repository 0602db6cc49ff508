// BimBotJavaClient as a double: sends what it sends, and fails as it fails (PROTOCOL 1.13).
import { request } from 'node:http';
import { type Answer, ask, readJson } from '../unit/serve/support.js';

const ENTRY = [
  'id',
  'name',
  'description',
  'provider',
  'providerIcon',
  'inputs',
  'outputs',
  'resourceUrl',
  'oauth',
];
const OAUTH = ['authorizationUrl', 'registerUrl', 'tokenUrl'];

export interface JavaService {
  readonly name: string;
  readonly authorizationUrl: string;
  readonly registerUrl: string;
  readonly tokenUrl: string;
}

export interface JavaRegistration {
  readonly clientId: string;
  readonly clientSecret: string;
}

export async function listServices(repository: string): Promise<JavaService[]> {
  const { active } = readJson(await exactly200(ask(`${repository}/serviceproviders.json`)));
  if (!Array.isArray(active)) throw new Error('NullPointerException: active');
  const [provider] = active;
  for (const name of ['name', 'description', 'listUrl']) present(provider, name);
  const list = readJson(await exactly200(ask(provider.listUrl)));
  if (!Array.isArray(list.services)) throw new Error('NullPointerException: services');
  return list.services.map((entry: Record<string, unknown>) => {
    for (const name of ENTRY) present(entry, name);
    const oauth = { ...(entry.oauth as Record<string, string>) };
    for (const name of OAUTH) present(oauth, name);
    const { authorizationUrl = '', registerUrl = '', tokenUrl = '' } = oauth;
    return { name: String(entry.name), authorizationUrl, registerUrl, tokenUrl };
  });
}

export async function register(service: JavaService, redirectUrl: string): Promise<JavaRegistration> {
  const body = JSON.stringify({
    redirect_url: redirectUrl,
    client_name: 'BimBotJavaClient',
    client_description: 'A client',
    client_icon: '',
    client_url: 'http://localhost',
    type: 'pull',
  });
  const headers = { 'Content-Type': 'application/json' };
  const made = readJson(await exactly200(ask(service.registerUrl, { headers, body })));
  for (const name of ['client_id', 'client_secret', 'issued_at', 'expires_in']) present(made, name);
  return { clientId: String(made.client_id), clientSecret: String(made.client_secret) };
}

/** What it opens in the browser. */
export function consentAddress(service: JavaService, { clientId }: JavaRegistration): string {
  const state = encodeURIComponent(`{"_serviceName":"${service.name}"}`);
  return `${service.authorizationUrl}?auth_type=service&client_id=${clientId}&response_type=code&redirect_uri=&state=${state}`;
}

/** `pasted`: the address that the person copied. Parameters go into the address of the request, the body is empty. */
export async function exchange(
  service: JavaService,
  { clientId, clientSecret }: JavaRegistration,
  pasted: string,
): Promise<{ token: string; resourceUrl: string }> {
  const code = /[?&]code=([^&]+)/.exec(pasted)?.[1];
  if (code === undefined) throw new Error('no code= in what was pasted');
  const query = `grant_type=authorization_code&code=${code}&redirect_uri=why%3F&client_id=${clientId}&client_secret=${clientSecret}`;
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': '0' };
  const given = readJson(await exactly200(ask(`${service.tokenUrl}?${query}`, { method: 'POST', headers })));
  present(given, 'access_token');
  present(given, 'resource_url');
  return { token: String(given.access_token), resourceUrl: String(given.resource_url) };
}

export interface JavaResult {
  readonly outputType: string;
  readonly title: string;
  readonly text: string;
}

/** Sends a model in chunks. Headers that are missing are an ArrayIndexOutOfBoundsException to it, on an error too. */
export function run(
  resourceUrl: string,
  token: string,
  model: string,
  inputType: string,
): Promise<JavaResult> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${token}`,
      'Input-Type': inputType,
      'Transfer-Encoding': 'chunked',
    };
    const outgoing = request(resourceUrl, { method: 'POST', headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        if (incoming.statusCode !== 200)
          return reject(new Error(`HTTP ${incoming.statusCode}: the connection leaks`));
        const [outputType, title, type] = ['output-type', 'data-title', 'content-type'].map(
          (name) => incoming.headers[name],
        );
        if (typeof outputType !== 'string' || typeof title !== 'string' || typeof type !== 'string')
          return reject(new Error('ArrayIndexOutOfBoundsException: 0'));
        return resolve({ outputType, title, text: Buffer.concat(chunks).toString('latin1') });
      });
    });
    outgoing.on('error', reject);
    outgoing.write(model.slice(0, 3));
    outgoing.end(model.slice(3));
  });
}

async function exactly200(response: Promise<Answer>): Promise<Answer> {
  const { status } = await response;
  if (status !== 200) throw new Error(`HTTP ${status}`);
  return response;
}

/** Null and "" are fine. */
function present(object: Record<string, unknown>, name: string): void {
  if (!(name in object)) throw new Error(`NullPointerException: ${name}`);
}
