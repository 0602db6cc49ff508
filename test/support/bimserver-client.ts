// A BIMserver as a client, as a double: sends what its Java code sends, reads as that code reads, and fails where it fails
// (PROTOCOL 1.12). Method names are those of its API.
import { type Answer, ask } from '../unit/serve/support.js';

export interface BimserverSettings {
  readonly name: string;
  readonly description: string;
  /** BIMserver fetches it after a registration. */
  readonly icon: string | null;
}

/** SNewServiceDescriptor. */
export interface Descriptor {
  readonly oid: number;
  readonly name: string;
  readonly description: string;
  readonly provider: string;
  readonly resourceUrl: string;
  readonly registerUrl: string | null;
  readonly tokenUrl: string | null;
  readonly authorizationUrl: string | null;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** What a user stores with `addNewServiceToProject`. */
export interface ProjectService {
  readonly name: string;
  readonly resourceUrl: string;
  readonly accessToken: string | null;
  readonly input: string;
  readonly output: string;
}

export interface ExtendedData {
  readonly filename: string;
  readonly mime: string;
  readonly title: string;
  readonly schema: string;
  readonly data: Buffer;
}

export class BimserverClient {
  /** One for each registerUrl, for ever. */
  readonly #registrations = new Map<string, Registration>();
  /** Only printed by the server: an entry that it cannot read ends the list of its provider. */
  readonly log: string[] = [];

  constructor(
    private readonly settings: BimserverSettings,
    /** The types of extended data that its administrator has added. */
    private readonly schemas: readonly string[],
  ) {}

  async listAllServiceDescriptors(serviceRepositoryUrl: string): Promise<Descriptor[]> {
    const providers = objectOf(await getContent(`${serviceRepositoryUrl}/serviceproviders.json`));
    const active = arrayOf(providers, 'active');
    if (active.length === 0) throw new Error('java.lang.IllegalArgumentException');
    const list: Descriptor[] = [];
    for (const provider of active) {
      try {
        const services = arrayOf(objectOf(await getContent(asText(provider, 'listUrl'))), 'services');
        for (const entry of services) list.push(readDescriptor(entry));
      } catch (error) {
        this.log.push(String(error));
      }
    }
    return list;
  }

  /** SExtendedDataSchema, by name. */
  async getAllRepositoryExtendedDataSchemas(serviceRepositoryUrl: string): Promise<Map<string, string>> {
    const root = objectOf(await getContent(`${serviceRepositoryUrl}/extendeddataschemas.json`));
    return new Map(
      arrayOf(root, 'extendeddataschemas').map((schema) => {
        for (const name of ['url', 'description']) getString(schema, name);
        return [getString(schema, 'name'), getString(schema, 'contentType')];
      }),
    );
  }

  async registerApplication(registrationEndpoint: string, redirectUrl: string): Promise<Registration> {
    const known = this.#registrations.get(registrationEndpoint);
    if (known !== undefined) return known;
    const { name, description, icon } = this.settings;
    const response = await ask(registrationEndpoint, {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        client_url: redirectUrl,
        type: 'push',
        client_name: name,
        client_icon: icon ?? undefined,
        client_description: description,
        redirect_url: redirectUrl,
      }),
    });
    const sent = readOltu(response);
    const issuedAt = parseLong(sent.issued_at);
    const expiresIn = parseLong(sent.expires_in);
    const registration = {
      clientId: String(sent.client_id),
      clientSecret: String(sent.client_secret),
      issuedAt: new Date(issuedAt),
      expiresAt: new Date(Date.now() + expiresIn),
    };
    // The other server has registered it by now; BIMserver has not.
    if (icon !== null && !/^https?:/.test(icon))
      throw new Error(`MalformedURLException: no protocol: ${icon}`);
    if (icon !== null) await getContent(icon);
    this.#registrations.set(registrationEndpoint, registration);
    return registration;
  }

  /** The address for the browser. */
  generateForwardUrl(registrationEndpoint: string, authorizeUrl: string, returnUrl: string): string {
    const registration = this.#registrations.get(registrationEndpoint);
    if (registration === undefined) throw new Error('UserException: Application not registered');
    const query = new URLSearchParams({
      auth_type: 'service',
      response_type: 'code',
      redirect_uri: returnUrl,
      state: 'state',
      client_id: registration.clientId,
    });
    return `${authorizeUrl}?${query}`;
  }

  /** Fails always: the token is there, and the session that should store it may only read. */
  async getRemoteToken(tokenUrl: string, registration: Registration, code: string): Promise<never> {
    await this.requestToken(tokenUrl, registration, code);
    throw new Error('Cannot commit READ_ONLY DatabaseSession');
  }

  /** The request of `getRemoteToken`, with what its response holds. */
  async requestToken(
    tokenUrl: string,
    { clientId, clientSecret }: Registration,
    code: string,
  ): Promise<{ accessToken: string; resourceUrl: string }> {
    const form = { grant_type: 'authorization_code', code, client_id: clientId, client_secret: clientSecret };
    const { text } = await ask(tokenUrl, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, redirect_uri: 'crap' }).toString(),
    });
    const response = objectOf(text);
    if (!('access_token' in response)) {
      throw new Error('UserException: No access_token received from oauth server');
    }
    return { accessToken: asText(response, 'access_token'), resourceUrl: asText(response, 'resource_url') };
  }

  /** Sends the model of a revision; what is returned becomes extended data of the revision. */
  async triggerRevisionService(service: ProjectService, model: Uint8Array): Promise<ExtendedData> {
    const { accessToken, resourceUrl, input, output, name } = service;
    const { status, headers, reason, bytes } = await ask(resourceUrl, {
      headers: {
        ...(accessToken === null ? {} : { Authorization: `Bearer ${accessToken}` }),
        'Input-Type': input,
        'Output-Type': output,
        'Content-Length': String(model.byteLength),
        'Accept-Encoding': 'gzip,deflate',
      },
      body: model,
    });
    if (status === 401) throw new Error('UserException: Remote service responded with a 401 Unauthorized');
    if (status !== 200) {
      throw new Error(`UserException: Remote service responded with a HTTP/1.1 ${status} ${reason}`);
    }
    const filename = fileNameOf(headers['content-disposition']);
    const title = headers['data-title'];
    const mime = headers['content-type'];
    if (mime === undefined) throw new Error('ArrayIndexOutOfBoundsException: 0');
    if (!this.schemas.includes(output)) throw new Error('NullPointerException: SExtendedDataSchema');
    return {
      filename,
      mime,
      title: typeof title === 'string' ? title : `${name} Results`,
      schema: output,
      data: bytes,
    };
  }
}

/** The ten characters after the place of `filename=` are skipped: the name has to be in quotes. */
function fileNameOf(field: string | undefined): string {
  if (field === undefined) return 'unknown';
  const at = field.indexOf('filename=');
  if (at < 0) return field;
  const begin = at + 'filename='.length + 1;
  const end = field.indexOf('"', begin + 1);
  if (end < begin) throw new Error('StringIndexOutOfBoundsException');
  return field.slice(begin, end);
}

function readDescriptor(entry: Record<string, unknown>): Descriptor {
  const oauth = 'oauth' in entry ? castObject(entry.oauth) : null;
  const address = (name: string) => (oauth === null ? null : asText(oauth, name));
  return {
    registerUrl: address('registerUrl'),
    tokenUrl: address('tokenUrl'),
    authorizationUrl: address('authorizationUrl'),
    oid: asLong(entry, 'id'),
    description: asText(entry, 'description'),
    name: asText(entry, 'name'),
    provider: asText(entry, 'provider'),
    resourceUrl: asText(entry, 'resourceUrl'),
    inputs: castArray(entry.inputs).map(String),
    outputs: castArray(entry.outputs).map(String),
  };
}

/** HttpURLConnection: an error status is an exception. */
async function getContent(url: string): Promise<string> {
  const { status, text } = await ask(url);
  if (status >= 400) throw new Error(`IOException: Server returned HTTP response code: ${status}`);
  return text;
}

/** Oltu: a 400 and a 401 are read, other errors are not; the members of the registration are checked. */
function readOltu({ status, text }: Answer): Record<string, unknown> {
  if (status >= 400 && status !== 400 && status !== 401) throw new Error('OAuthSystemException: IOException');
  let sent: Record<string, unknown>;
  try {
    sent = objectOf(text);
  } catch {
    throw new Error("OAuthProblemException{error='unsupported_response_type'}");
  }
  if (typeof sent.error === 'string' && sent.error !== '') {
    throw new Error(
      `OAuthProblemException{error='${sent.error}', description='${String(sent.error_description)}'}`,
    );
  }
  const missing = ['client_id', 'issued_at', 'expires_in'].filter((name) => (sent[name] ?? '') === '');
  if (missing.length === 0) return sent;
  throw new Error(
    `OAuthProblemException{error='invalid_request', description='Missing parameters: ${missing}'}`,
  );
}

function objectOf(text: string): Record<string, unknown> {
  return castObject(JSON.parse(text));
}

function castObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error('ClassCastException: ObjectNode');
}

function castArray(value: unknown): unknown[] {
  if (value === undefined) throw new Error('NullPointerException');
  if (Array.isArray(value)) return value;
  throw new Error('ClassCastException: ArrayNode');
}

function arrayOf(object: Record<string, unknown>, name: string): Array<Record<string, unknown>> {
  return castArray(object[name]).map(castObject);
}

/** org.json: a member has to be text. */
function getString(object: Record<string, unknown>, name: string): string {
  const value = object[name];
  if (typeof value === 'string') return value;
  throw new Error(`JSONException: JSONObject["${name}"] not a string.`);
}

/** Jackson: a member has to be there; of null the text is "null", of an object it is empty. */
function asText(object: Record<string, unknown>, name: string): string {
  const value = object[name];
  if (value === undefined) throw new Error(`NullPointerException: ${name}`);
  return typeof value === 'object' && value !== null ? '' : String(value);
}

/** Jackson: text that is not a number is 0. */
function asLong(object: Record<string, unknown>, name: string): number {
  const text = asText(object, name);
  return /^[+-]?\d+$/.test(text) ? Number(text) : 0;
}

function parseLong(value: unknown): number {
  if (/^[+-]?\d{1,19}$/.test(String(value))) return Number(value);
  throw new Error(`NumberFormatException: For input string: "${value}"`);
}
