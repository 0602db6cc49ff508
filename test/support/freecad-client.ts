// BIMbots-FreeCAD as a double: sends what it sends, demands what it demands, and gives up when it gives up (PROTOCOL 1.13).
import { request } from 'node:http';
import { type Answer, ask, readJson } from '../unit/serve/support.js';

/** It waits this long between two bytes. */
const SILENCE_MS = 5000;

export interface FreecadService {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly outputs: readonly string[];
  readonly oauth: { readonly registerUrl: string; readonly authorizationUrl: string };
}

/** From the address of a repository to the services of its first provider. */
export async function listServices(repository: string): Promise<FreecadService[]> {
  const providers = readJson(await ok(ask(`${repository}/serviceproviders.json`)));
  const [first] = members(providers, 'active');
  needed(first, 'name');
  return readList(await ok(ask(needed(first, 'listUrl'))));
}

/** A person may type the bare address of a server: it then tries `/servicelist`, where the first response is a 2xx. */
export async function listOfServer(address: string): Promise<FreecadService[]> {
  await ok(ask(address));
  return readList(await ok(ask(`${address}/servicelist`)));
}

function readList(response: Answer): FreecadService[] {
  return members(readJson(response), 'services').map((entry) => {
    const oauth = entry.oauth;
    if (typeof oauth !== 'object' || oauth === null) throw new Error("KeyError: 'oauth'");
    const { registerUrl, authorizationUrl } = { registerUrl: '', authorizationUrl: '', ...oauth };
    if (!('id' in entry)) throw new Error("KeyError: 'id'");
    return {
      id: String(entry.id),
      name: needed(entry, 'name'),
      provider: needed(entry, 'provider'),
      outputs: Array.isArray(entry.outputs) ? entry.outputs.map(String) : [],
      oauth: { registerUrl, authorizationUrl },
    };
  });
}

/** Registers, and returns the address that it opens in the browser. */
export async function register(service: FreecadService): Promise<string> {
  const body = JSON.stringify({
    redirect_url: 'SHOW_CODE',
    client_name: 'FreeCAD',
    client_description: 'The FreeCAD BIM authoring platform',
    client_icon: 'https://www.freecadweb.org/images/logo.png',
    client_url: 'https://www.freecadweb.org',
    type: 'pull',
  });
  const headers = { 'Content-Type': 'application/json' };
  const clientId = needed(readJson(await ok(ask(service.oauth.registerUrl, { headers, body }))), 'client_id');
  const state = `{ "_serviceName" : "${service.name}" }`;
  return `${service.oauth.authorizationUrl}?auth_type=service&client_id=${clientId}&response_type=code&redirect_uri=SHOW_CODE&state=${encodeURIComponent(state)}`;
}

/** Sends a model, and returns the file that it saves, or the text that it shows; throws for what it takes as an error. */
export function run(serviceAddress: string, token: string, model: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Input-Type': 'IFC_STEP_2X3TC1',
      Token: token,
      'Accept-Flow': 'SYNC,ASYNC_WS',
      'Content-Length': Buffer.byteLength(model),
    };
    const outgoing = request(serviceAddress, { method: 'POST', headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const status = incoming.statusCode ?? 0;
        if (status < 200 || status > 299) return reject(new Error(`HTTP ${status}`));
        const shown = errorIn(text);
        return shown === null ? resolve(text) : reject(new Error(shown));
      });
    });
    outgoing.setTimeout(SILENCE_MS, () => outgoing.destroy(new Error('Read timed out. (read timeout=5)')));
    outgoing.on('error', reject);
    outgoing.end(model);
  });
}

/** Only an object with `code`, and with `error` somewhere in its `message`, is an error to it. */
function errorIn(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value === 'number') throw new TypeError("argument of type 'int' is not iterable");
  if (typeof value !== 'object' || value === null || !('code' in value) || !('message' in value)) return null;
  const message = String(value.message);
  return /error/i.test(message) ? message : null;
}

async function ok(response: Promise<Answer>): Promise<Answer> {
  const { status } = await response;
  if (status < 200 || status > 299) throw new Error(`HTTP ${status}`);
  return response;
}

function members(object: Record<string, unknown>, name: string): Array<Record<string, unknown>> {
  const value = object[name];
  if (!Array.isArray(value)) throw new Error(`KeyError: '${name}'`);
  return value;
}

function needed(object: Record<string, unknown> | undefined, name: string): string {
  const value = object?.[name];
  if (typeof value !== 'string') throw new Error(`KeyError: '${name}'`);
  return value;
}
