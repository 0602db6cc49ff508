// Projects of a released BIMserver: revisions, services that they are sent to, and the results that came back.
import { expect } from 'vitest';
import { readMembers } from '../../src/serve/store/members.js';
import type { RealBimserver } from './bimserver.js';

export interface Result {
  readonly title: string;
  readonly name: string;
  readonly mime: string;
  readonly data: Buffer;
}

export class BimserverProject {
  private constructor(
    private readonly server: RealBimserver,
    private readonly token: string,
    readonly name: string,
    readonly poid: number,
  ) {}

  static async add(server: RealBimserver, projectName: string): Promise<BimserverProject> {
    const token = await server.login();
    const added = await server.call(
      'ServiceInterface',
      'addProject',
      { projectName, schema: 'ifc2x3tc1' },
      token,
    );
    return new BimserverProject(server, token, projectName, Number(readMembers(added).oid));
  }

  /** Checks a model in; the id of the revision, which its services get from now on. */
  async checkIn(model: Buffer): Promise<number> {
    const { poid } = this;
    const deserializer = await this.#call('ServiceInterface', 'getSuggestedDeserializerForExtension', {
      extension: 'ifc',
      poid,
    });
    await this.#call('ServiceInterface', 'checkinSync', {
      poid,
      comment: 'a revision',
      deserializerOid: readMembers(deserializer).oid,
      fileSize: model.byteLength,
      fileName: 'model.ifc',
      data: model.toString('base64'),
      merge: false,
    });
    const project = await this.#call('ServiceInterface', 'getProjectByPoid', { poid });
    return Number(readMembers(project).lastRevisionId);
  }

  /** The results of a revision so far. */
  async results(roid: number): Promise<Result[]> {
    const all = await this.#call('ServiceInterface', 'getAllExtendedDataOfRevision', { roid });
    const found: Result[] = [];
    for (const each of Array.isArray(all) ? all : []) {
      const { title, fileId } = readMembers(each);
      const file = readMembers(await this.#call('ServiceInterface', 'getFile', { fileId }));
      const data = Buffer.from(String(file.data), 'base64');
      found.push({ title: String(title), name: String(file.filename), mime: String(file.mime), data });
    }
    // A report about the geometry is extended data too.
    return found.filter(({ title }) => !/geometry/i.test(title));
  }

  /** Waits for the only result of a revision. */
  async result(roid: number, timeout = 60_000): Promise<Result> {
    let found: Result[] = [];
    const look = async () => {
      found = await this.results(roid);
      return found.length;
    };
    await expect.poll(look, { timeout, interval: 250 }).toBe(1);
    const [only] = found;
    if (only === undefined) throw new Error('no result');
    return only;
  }

  /** The id of the service that the project has. */
  async serviceId(): Promise<number> {
    const all = await this.#call('ServiceInterface', 'getAllNewServicesOfProject', { poid: this.poid });
    return Number(readMembers(Array.isArray(all) ? all[0] : undefined).oid);
  }

  /** Sends a revision once more, and waits for the end; throws what BIMserver reports. */
  async trigger(roid: number): Promise<void> {
    const soid = await this.serviceId();
    await this.#call('ServiceInterface', 'triggerRevisionService', { roid, soid });
  }

  #call(name: string, method: string, parameters: object): Promise<unknown> {
    return this.server.call(name, method, parameters, this.token);
  }
}
