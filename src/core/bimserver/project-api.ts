// Projects on a BIMserver: their last revision, its download as IFC, and a result as extended data of it.
import { asBimServiceError } from '../../error-shape.js';
import { BimServiceError, type ErrorDetails } from '../../errors.js';
import { type ApiCall, apiRequest, oidOf, readApiResponse } from '../../protocol/dialects/bimserver-api.js';
import {
  downloadForm,
  ifcSerializer,
  type Project,
  readProjects,
  serviceCall,
  WHOLE_REVISION,
} from '../../protocol/dialects/bimserver-projects.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { objectOf } from '../../protocol/text/json-object.js';
import { Secret } from '../../secret.js';
import type { HttpClient } from '../ports/http.js';
import type { Reporter } from '../ports/terminal.js';

/** A user's token is on the page of the user in bimviews; it does not end. */
export type ProjectLogin =
  | { kind: 'token'; token: Secret }
  | { kind: 'password'; user: string; password: Secret };

export interface ProjectPorts {
  http: Pick<HttpClient, 'request' | 'postModel'>;
  reporter: Reporter;
}

/** A result that becomes extended data. */
export interface RevisionResult {
  /** The schema name of the result, for example `BCF_ZIP_2_0`; the server has one extended data schema for each. */
  schema: string;
  contentType: string;
  fileName: string;
  title: string;
  data: Uint8Array;
  /** How long the service worked, in ms. */
  tookMs: number;
}

const LOGIN_HINT =
  'Check the name and the password, or the token of the user (bimviews shows it on the page of the user).';

export class ProjectApi {
  readonly #site: URL;
  readonly #login: ProjectLogin;
  readonly #ports: ProjectPorts;
  #session: Secret | null = null;

  /** `site`: the address of the server. */
  constructor(site: URL, login: ProjectLogin, ports: ProjectPorts) {
    this.#site = new URL(site.href.endsWith('/') ? site.href : `${site.href}/`);
    this.#login = login;
    this.#ports = ports;
  }

  /**
   * The project with that name, or that id. Throws `model-unreadable` when there is none, `usage` when there are several,
   * `access-denied`, and the errors of the network.
   */
  async project(named: string, signal: AbortSignal): Promise<Project> {
    const found = readProjects(await this.#result(serviceCall('getProjectsByName', { name: named }), signal));
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return only;
    if (only !== undefined) {
      const ids = found.map(({ poid }) => poid).join(', ');
      throw new BimServiceError(
        'usage',
        `${this.#host} has ${found.length} projects with the name ${cleanText(named, 80)}`,
        {
          hint: `Name one by its id: --project ${ids}`,
        },
      );
    }
    const byId = /^\d{1,15}$/.test(named) ? await this.#byId(named, signal) : null;
    if (byId !== null) return byId;
    throw new BimServiceError(
      'model-unreadable',
      `${this.#host} has no project ${cleanText(named, 80)} for this user`,
      {
        hint: 'Names are compared exactly. Is the user authorized for the project?',
      },
    );
  }

  async #byId(poid: string, signal: AbortSignal): Promise<Project | null> {
    const response = await this.#ask(serviceCall('getProjectByPoid', { poid: Number(poid) }), signal);
    return response.kind === 'result' ? (readProjects([response.value])[0] ?? null) : null;
  }

  /** The revision as IFC. Throws `service-failed` where the server sends none, and the errors of the network. */
  async *download(
    roid: string,
    schema: string,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const roids = [Number(roid)];
    const serializers = await this.#result(
      {
        interface: 'PluginInterface',
        method: 'getAllSerializersForRoids',
        parameters: { onlyEnabled: true, roids },
      },
      signal,
    );
    const serializer = ifcSerializer(serializers, schema);
    if (serializer === null)
      throw this.#failed(
        `it has no serializer for ${cleanText(schema, 40)}; an administrator can install ifcplugins`,
      );
    const parameters = { roids, query: WHOLE_REVISION, serializerOid: Number(serializer), sync: false };
    const topicId = oidOf(await this.#result(serviceCall('download', parameters), signal));
    if (topicId === null || this.#session === null) throw this.#failed('it started no download');
    const form = new TextEncoder().encode(downloadForm(this.#session, topicId, serializer));
    let bytes = 0;
    let status = 200;
    try {
      const response = await this.#ports.http.postModel(
        {
          url: new URL('download', this.#site).href,
          headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Accept-Encoding': 'identity' },
          body: oneOf(form),
          length: form.byteLength,
          waitMs: null,
          onProgress: () => {},
          onWarning: (line) => this.#ports.reporter.debug(line),
        },
        signal,
      );
      status = response.status;
      if (status !== 200) await response.discard();
      else {
        for await (const piece of response.body) {
          bytes += piece.byteLength;
          yield piece;
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      throw this.#failed(asBimServiceError(error).message, error);
    }
    if (status !== 200) throw this.#failed(`status ${status}`);
    // An invalid topic, and every error of the servlet, is an empty 200.
    if (bytes === 0) throw this.#failed('an empty response');
  }

  /** Adds a result to a revision. Throws `service-failed` with what an administrator can do. */
  async addResult(roid: string, result: RevisionResult, signal: AbortSignal): Promise<void> {
    const { data, fileName, contentType, title, tookMs } = result;
    const schemaId = await this.#schema(result, signal);
    const file = { __type: 'SFile', filename: fileName, mime: contentType, size: data.byteLength };
    const encoded = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
    const fileId = oidOf(
      await this.#result(serviceCall('uploadFile', { file: { ...file, data: encoded } }), signal),
    );
    if (fileId === null) throw this.#failed('it stored no file');
    const extendedData = {
      __type: 'SExtendedData',
      title,
      fileId: Number(fileId),
      schemaId: Number(schemaId),
      size: data.byteLength,
      timeToGenerate: Math.round(tookMs),
    };
    await this.#result(
      serviceCall('addExtendedDataToRevision', { roid: Number(roid), extendedData }),
      signal,
    );
  }

  /** The extended data schema of that name; where there is none it is added, which only an administrator may do. */
  async #schema({ schema: name, contentType }: RevisionResult, signal: AbortSignal): Promise<string> {
    const known = await this.#ask(serviceCall('getExtendedDataSchemaByName', { name }), signal);
    const oid = known.kind === 'result' ? oidOf(known.value) : null;
    if (oid !== null) return oid;
    const extendedDataSchema = { __type: 'SExtendedDataSchema', name, contentType };
    const added = await this.#ask(serviceCall('addExtendedDataSchema', { extendedDataSchema }), signal);
    const newOid = added.kind === 'result' ? oidOf(added.value) : null;
    if (newOid !== null) return newOid;
    const why = added.kind === 'exception' ? ` (${added.message})` : '';
    throw this.#failed(
      `it has no extended data schema ${cleanText(name, 60)}${why}; an administrator can add it`,
    );
  }

  get #host(): string {
    return this.#site.host;
  }

  #failed(why: string, cause?: unknown): BimServiceError {
    return new BimServiceError('service-failed', `${this.#host}: ${why}`, {
      hint: 'Is it a BIMserver, and does the user have the rights for the project?',
      ...(cause === undefined ? {} : { cause }),
    });
  }

  async #result(call: ApiCall, signal: AbortSignal): Promise<unknown> {
    const response = await this.#ask(call, signal);
    if (response.kind === 'result') return response.value;
    throw this.#failed(`${call.method}: ${response.message}`);
  }

  /** A session ends with a restart of the server, among others: after an exception the call is made once more in a new one. */
  async #ask(call: ApiCall, signal: AbortSignal) {
    if (this.#session !== null) {
      const response = await this.#send(call, this.#session, signal);
      if (response.kind === 'result' || !isAboutSession(response.message)) return response;
    }
    this.#session = await this.#loggedIn(signal);
    return this.#send(call, this.#session, signal);
  }

  async #loggedIn(signal: AbortSignal): Promise<Secret> {
    const login = this.#login;
    const { method, parameters } =
      login.kind === 'token'
        ? { method: 'loginUserToken', parameters: { token: login.token.reveal() } }
        : { method: 'login', parameters: { username: login.user, password: login.password.reveal() } };
    const response = await this.#send({ interface: 'AuthInterface', method, parameters }, null, signal);
    if (response.kind === 'result' && typeof response.value === 'string' && response.value !== '')
      return new Secret(response.value);
    const why = response.kind === 'exception' ? response.message : 'its login returned no session';
    throw new BimServiceError('access-denied', `${this.#host} refused the login: ${why}`, {
      hint: LOGIN_HINT,
    });
  }

  async #send(call: ApiCall, session: Secret | null, signal: AbortSignal) {
    this.#ports.reporter.debug(`${call.interface}.${call.method}`);
    const url = new URL('json', this.#site).href;
    const response = await this.#ports.http.request(apiRequest(url, call, session), signal);
    const details: ErrorDetails = {
      hint: 'Is the address that of a BIMserver? Give it without /json or /apps.',
    };
    const read = readApiResponse(response, url, details);
    // A result that is nothing is an empty object.
    if (read.kind === 'result' && Object.keys(objectOf(read.value) ?? { some: 1 }).length === 0)
      return { kind: 'result', value: null } as const;
    return read;
  }
}

/** What a server says of a token that it does not know (PROTOCOL 1.14). */
function isAboutSession(message: string): boolean {
  return /token|authenticat|anonymous|odd number of characters|not logged in/i.test(message);
}

async function* oneOf(piece: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield piece;
}
