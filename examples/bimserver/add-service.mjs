// Adds a service of `bimservice serve` to a project of a BIMserver, so that each new revision is sent to the service. It does what BIMserver's own
// pages cannot: the released versions lose the token that they fetch. Needs Node 20 and an administrator of the BIMserver. See README.md.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    bimserver: { type: 'string' },
    user: { type: 'string' },
    project: { type: 'string' },
    provider: { type: 'string', default: 'http://127.0.0.1:8765' },
    service: { type: 'string' },
    port: { type: 'string', default: '8766' },
    'register-again': { type: 'boolean', default: false },
  },
});
for (const name of ['bimserver', 'user', 'project', 'service']) {
  if (options[name] !== undefined) continue;
  console.error(`--${name} is missing. See README.md beside this file.`);
  process.exit(2);
}
const bimserver = new URL(options.bimserver).href.replace(/\/$/, '');
const provider = new URL(options.provider).origin;
/** Our own page: BIMserver's stays what it is. */
const page = `http://127.0.0.1:${options.port}/`;
/** What a project sends, by its schema. */
const INPUTS = { ifc2x3tc1: 'IFC_STEP_2X3TC1', ifc4: 'IFC_STEP_4' };

let session;
let project;
try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function main() {
  const password = process.env.BIMSERVER_PASSWORD ?? (await readLine(`Password of ${options.user}: `));
  session = await call('AuthInterface', 'login', { username: options.user, password });
  [project] = await call('ServiceInterface', 'getProjectsByName', { name: options.project });
  if (project === undefined) fail(`There is no project ${options.project}.`);
  const service = await findService();
  await addResultType(service.outputs[0]);
  const client = await register(service);
  const token = await requestToken(service, client, await askConsent(service, client));
  await addToProject(service, token);
  console.log(`Added ${service.name} to ${project.name}: each new revision is sent to it.`);
}

/** The repository is a setting of the whole server: it gets its old value back. */
async function findService() {
  const before = await call('SettingsInterface', 'getServiceRepositoryUrl', {});
  await call('SettingsInterface', 'setServiceRepositoryUrl', { url: provider });
  try {
    const services = await call('NewServicesInterface', 'listAllServiceDescriptors', {});
    const found = services.find(({ name }) => name === options.service);
    if (found !== undefined) return found;
    return fail(
      `${provider} has no service ${options.service}. It has: ${services.map(({ name }) => name).join(', ')}`,
    );
  } finally {
    await call('SettingsInterface', 'setServiceRepositoryUrl', { url: before });
  }
}

/** BIMserver loses a result of a type that it does not know. */
async function addResultType(name) {
  const known = await call('ServiceInterface', 'getAllExtendedDataSchemas', {});
  if (known.some((schema) => schema.name === name)) return;
  const response = await fetch(`${provider}/extendeddataschemas.json`);
  const { extendeddataschemas: types } = await response.json();
  const type = types.find((each) => each.name === name);
  const extendedDataSchema = { __type: 'SExtendedDataSchema', size: 0, ...type };
  await call('ServiceInterface', 'addExtendedDataSchema', { extendedDataSchema });
  console.log(`Added the type ${name} to the BIMserver.`);
}

/**
 * BIMserver keeps one registration for each address, for ever, and compares the whole address: with a query of our own the one of
 * its pages stays what it is, and another one can be made.
 */
async function register({ registerUrl }) {
  const servers = await call('OAuthInterface', 'listRegisteredServers', {});
  const known = servers.filter(
    ({ registrationEndpoint, redirectUrl }) =>
      registrationEndpoint.startsWith(`${registerUrl}?`) && redirectUrl === page,
  );
  const newest = known.sort((a, b) => b.issuedAt - a.issuedAt)[0];
  if (newest !== undefined && !options['register-again']) return newest;
  // BIMserver fetches its own icon when it registers, and fails where that has no whole address.
  const { icon } = await call('SettingsInterface', 'getServerSettings', {});
  if (icon !== null && !/^https?:/.test(icon)) {
    const serverIcon = new URL(icon || '/img/bimserver.png', bimserver).href;
    await call('SettingsInterface', 'setServerIcon', { serverIcon });
    console.log(`The icon of the BIMserver is now ${serverIcon}.`);
  }
  const registrationEndpoint = `${registerUrl}?by=add-service&at=${Date.now()}`;
  const request = { registrationEndpoint, apiUrl: bimserver, redirectUrl: page };
  const oid = await call('OAuthInterface', 'registerApplication', request);
  return call('OAuthInterface', 'getOAuthServerById', { oid });
}

/** Waits for the person, and resolves with the code. */
async function askConsent({ name, authorizationUrl }, { registrationEndpoint }) {
  const nonce = randomUUID();
  const forward = { registrationEndpoint, authorizeUrl: authorizationUrl, returnUrl: page };
  const address = new URL(await call('OAuthInterface', 'generateForwardUrl', forward));
  address.searchParams.set('state', JSON.stringify({ _serviceName: name, nonce }));
  const server = createServer();
  const code = new Promise((resolve, reject) => {
    server.on('error', reject);
    server.on('request', ({ url }, response) => {
      const query = new URL(url, page).searchParams;
      const isOurs = query.get('state')?.includes(nonce) === true;
      response.setHeader('Content-Type', 'text/plain');
      response.end(isOurs ? 'You can close this page.' : 'This is not the page that was asked for.');
      if (isOurs && query.has('code')) resolve(query.get('code'));
      else if (isOurs) reject(new Error(`The consent was refused: ${query.get('error')}`));
    });
    server.listen(Number(options.port), '127.0.0.1', () => {
      console.log(`Open this address in a browser on this machine, and allow it:\n${address}`);
    });
  });
  try {
    return await code;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function requestToken({ tokenUrl }, { clientId, clientSecret }, code) {
  const form = { grant_type: 'authorization_code', code, client_id: clientId, client_secret: clientSecret };
  const body = new URLSearchParams({ ...form, redirect_uri: page });
  const response = await fetch(tokenUrl, { method: 'POST', body });
  const token = await response.json();
  return token.access_token === undefined ? fail(`No token: ${token.error_description}`) : token;
}

async function addToProject(service, { access_token: accessToken, resource_url: resourceUrl }) {
  const input = INPUTS[project.schema];
  const poid = project.oid;
  const formats = await call('NewServicesInterface', 'listAvailableOutputFormats', { poid });
  const serializerId = formats.find(({ format }) => format === input)?.serializers[0]?.oid;
  if (!service.inputs.includes(input) || serializerId === undefined) {
    fail(
      `The project has the schema ${project.schema}, and ${service.name} takes ${service.inputs.join(', ')}.`,
    );
  }
  const {
    name,
    description,
    provider: providerName,
    registerUrl,
    tokenUrl,
    authorizationUrl,
    outputs,
  } = service;
  const addresses = { registerUrl, tokenUrl, authorizationUrl, resourceUrl };
  const words = { name, description, provider: providerName };
  const action = { __type: 'SStoreExtendedData' };
  const types = { input, output: outputs[0], serializerId, action };
  // A service that was added before, with a token that has ended or was revoked.
  for (const old of await call('ServiceInterface', 'getAllNewServicesOfProject', { poid })) {
    if (old.name !== name || old.registerUrl !== registerUrl) continue;
    await call('ServiceInterface', 'removeNewServiceFromProject', { poid, serviceOid: old.oid });
    console.log(`Removed the ${name} that the project had.`);
  }
  const sService = {
    __type: 'SNewService',
    status: 'AUTHENTICATED',
    ...words,
    ...addresses,
    ...types,
    accessToken,
  };
  return call('ServiceInterface', 'addNewServiceToProject', { poid, sService, sAction: action });
}

/** One call of BIMserver's JSON API. */
async function call(name, method, parameters) {
  const body = { ...(session === undefined ? {} : { token: session }) };
  const response = await fetch(`${bimserver}/json`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...body, request: { interface: name, method, parameters } }),
  });
  const { response: outcome } = await response.json();
  return outcome.exception ? fail(`${method}: ${outcome.exception.message}`) : outcome.result;
}

async function readLine(question) {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

function fail(words) {
  throw new Error(words);
}
