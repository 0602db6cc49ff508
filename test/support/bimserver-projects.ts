// Projects of the BIMserver-like server: revisions, downloads and extended data (PROTOCOL 1.14).
import { createHash, randomBytes } from 'node:crypto';
import { jsonResponse } from './json.js';
import { header, type PlannedResponse, type SeenRequest, type StrictServer } from './strict-server.js';

export interface BimProject {
  oid: number;
  name: string;
  schema: string;
  state: 'ACTIVE' | 'DELETED';
  lastRevisionId: number;
}

export interface ExtendedData {
  roid: number;
  title: string;
  schema: string;
  fileName: string;
  mime: string;
  data: string;
}

const SERIALIZERS = [
  { oid: 262_182, name: 'Ifc2x3tc1' },
  { oid: 524_326, name: 'Ifc2x3tc1 (Streaming)' },
  { oid: 393_254, name: 'Ifc4' },
  { oid: 655_398, name: 'Ifc4 (Streaming)' },
  { oid: 131_110, name: 'Json (Streaming)' },
];

/** The serializers that write the schema of a project. */
const WRITES: Readonly<Record<string, readonly number[]>> = {
  ifc2x3tc1: [262_182, 524_326],
  ifc4: [393_254, 655_398],
};

const refuse = (message: string, type = 'UserException') =>
  jsonResponse(200, { response: { exception: { __type: type, message } } });
const accept = (value: unknown) => jsonResponse(200, { response: { result: value } });

export class BimProjects {
  readonly projects: BimProject[] = [];
  readonly extendedData: ExtendedData[] = [];
  /** False: only an administrator may add extended data schemas, and the user is not one. */
  isAdministrator = true;
  /** True: `/download` responds with an empty 200, as it does for each error. */
  failsDownloads = false;
  /** Of `/download`; an error page of a proxy in front of the server. */
  downloadStatus = 200;
  downloads = 0;
  readonly #revisions = new Map<number, Uint8Array>();
  readonly #schemas = new Map<number, string>();
  readonly #files = new Map<number, { filename: string; mime: string; data: string }>();
  readonly #topics = new Map<number, { roid: number; serializerOid: number }>();
  #ids = 65_536;

  add(name: string, schema = 'ifc2x3tc1', state: BimProject['state'] = 'ACTIVE'): BimProject {
    const project: BimProject = { oid: this.#next(), name, schema, state, lastRevisionId: -1 };
    this.projects.push(project);
    return project;
  }

  checkIn(project: BimProject, model: Uint8Array): number {
    project.lastRevisionId = this.#next();
    this.#revisions.set(project.lastRevisionId, model);
    return project.lastRevisionId;
  }

  addSchema(name: string): void {
    this.#schemas.set(this.#next(), name);
  }

  /** A call with a valid session; null for a method that is not here. */
  answer(server: StrictServer, call: string, parameters: Record<string, unknown>): PlannedResponse | null {
    switch (call) {
      case 'ServiceInterface.getProjectsByName':
        if (typeof parameters.name !== 'string') return missing('getProjectsByName', 'name');
        return accept(this.projects.filter(({ name }) => name === parameters.name).map(shown));
      case 'ServiceInterface.getProjectByPoid': {
        const project = this.projects.find(({ oid }) => oid === parameters.poid);
        return project
          ? accept(shown(project))
          : refuse(`Project with oid ${parameters.poid} does not exist`);
      }
      case 'PluginInterface.getAllSerializersForRoids':
        if (parameters.onlyEnabled !== true || !Array.isArray(parameters.roids))
          return missing('getAllSerializersForRoids', 'roids');
        return accept(SERIALIZERS.map((each) => ({ __type: 'SSerializerPluginConfiguration', ...each })));
      case 'ServiceInterface.download':
        return this.#download(server, parameters);
      case 'ServiceInterface.getExtendedDataSchemaByName': {
        const found = [...this.#schemas].find(([, name]) => name === parameters.name);
        if (found === undefined) return refuse(`No ExtendedDataSchema found where name = ${parameters.name}`);
        return accept({ __type: 'SExtendedDataSchema', oid: found[0], name: found[1] });
      }
      case 'ServiceInterface.addExtendedDataSchema': {
        const { __type, name } = { ...(parameters.extendedDataSchema as object) } as Record<string, unknown>;
        if (__type !== 'SExtendedDataSchema' || typeof name !== 'string')
          server.complain('an extended data schema without its type or name');
        if (!this.isAdministrator) return refuse('Only admin users can do this');
        const oid = this.#next();
        this.#schemas.set(oid, String(name));
        return accept(oid);
      }
      case 'ServiceInterface.uploadFile':
        return this.#upload(server, { ...(parameters.file as object) });
      case 'ServiceInterface.addExtendedDataToRevision':
        return this.#extend(server, parameters.roid, { ...(parameters.extendedData as object) });
      default:
        return null;
    }
  }

  /** A POST to `/download`, with a form. */
  download(server: StrictServer, seen: SeenRequest, isSession: (token: string) => boolean): PlannedResponse {
    const empty: PlannedResponse = { status: 200, headers: [['Content-Type', 'text/html;charset=utf-8']] };
    if (seen.target.includes('?')) server.complain('a download with its token in the address');
    if (header(seen, 'content-type') !== 'application/x-www-form-urlencoded')
      server.complain('a download without a form');
    if (this.downloadStatus !== 200) return { ...empty, status: this.downloadStatus };
    const form = new URLSearchParams(seen.body.toString());
    const topic = this.#topics.get(Number(form.get('topicId')));
    if (!isSession(form.get('token') ?? '') || topic === undefined || this.failsDownloads) return empty;
    this.downloads += 1;
    const project = this.projects.find(({ lastRevisionId }) => lastRevisionId === topic.roid);
    if (project && !WRITES[project.schema]?.includes(topic.serializerOid))
      server.complain(`an ${project.schema} project was downloaded with serializer ${topic.serializerOid}`);
    return {
      status: 200,
      headers: [
        ['Content-Type', 'application/ifc'],
        ['Content-Disposition', `inline; filename="${project?.name}.1.ifc"`],
      ],
      body: this.#revisions.get(topic.roid) ?? '',
    };
  }

  #download(
    server: StrictServer,
    { roids, query, serializerOid, sync }: Record<string, unknown>,
  ): PlannedResponse {
    if (typeof serializerOid !== 'number') return missing('download', 'serializerOid');
    if (query !== '{"includeAllFields":true}' || sync !== false)
      server.complain('a download of something else');
    const roid = Array.isArray(roids) && roids.length === 1 ? Number(roids[0]) : Number.NaN;
    if (!this.#revisions.has(roid)) return refuse(`No revision found with roid ${roid}`);
    const topic = this.#topics.size + 1;
    this.#topics.set(topic, { roid, serializerOid });
    return accept(topic);
  }

  #upload(
    server: StrictServer,
    { __type, filename, mime, size, data }: Record<string, unknown>,
  ): PlannedResponse {
    const isWhole = [filename, mime, data].every((value) => typeof value === 'string');
    if (__type !== 'SFile' || !isWhole || Buffer.from(String(data), 'base64').length !== size)
      server.complain('a file without one of its members, or with a wrong size');
    const oid = this.#next();
    this.#files.set(oid, { filename: String(filename), mime: String(mime), data: String(data) });
    return accept(oid);
  }

  #extend(server: StrictServer, roid: unknown, extended: Record<string, unknown>): PlannedResponse {
    const { __type, title, fileId, schemaId } = extended;
    const file = this.#files.get(Number(fileId));
    const schema = this.#schemas.get(Number(schemaId));
    if (__type !== 'SExtendedData' || typeof title !== 'string')
      server.complain('extended data without a title');
    if (!this.#revisions.has(Number(roid))) return refuse(`Revision with roid ${roid} not found`);
    if (file === undefined || schema === undefined) return refuse('null', 'ServerException');
    const data = Buffer.from(file.data, 'base64').toString();
    this.extendedData.push({
      roid: Number(roid),
      title: String(title),
      schema,
      fileName: file.filename,
      mime: file.mime,
      data,
    });
    return accept({});
  }

  #next(): number {
    this.#ids += 1;
    return this.#ids;
  }
}

/** The token that a user of the server has for programs. */
export const USER_TOKEN = createHash('md5').update(randomBytes(8)).digest('hex').toUpperCase();

function shown(project: BimProject): object {
  return { __type: 'SProject', ...project, revisions: [], checkinInProgress: 0 };
}

function missing(method: string, parameter: string): PlannedResponse {
  return refuse(`Missing parameter: ${method} -> ${parameter}`);
}
