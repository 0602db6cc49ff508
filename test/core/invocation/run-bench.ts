// A workbench for runs of models: real files, sockets and results, an open service, and a folder for what comes back.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunInput, RunPorts } from '../../../src/core/invocation/run-model.js';
import type { TransferProgress } from '../../../src/core/ports/http.js';
import { openForm } from '../../../src/io/model/form-upload.js';
import { ModelHashing } from '../../../src/io/model/model-hash.js';
import { openModel } from '../../../src/io/model/model-source.js';
import { InputFiles } from '../../../src/io/result/replaceable.js';
import { ResultPlaces } from '../../../src/io/result/result-place.js';
import { openResultTarget } from '../../../src/io/result/result-target.js';
import { stepModel } from '../../support/fixtures.js';
import { type Handler, StrictServer } from '../../support/strict-server.js';
import { serviceAt, Workbench } from '../workbench.js';

export class RunBench implements AsyncDisposable {
  readonly bench: Workbench;
  readonly server: StrictServer;
  readonly model: string;
  /** What the use-case asked of its ports, in order. */
  readonly asked: string[] = [];
  readonly phases: TransferProgress['phase'][] = [];
  readonly #hashing = new ModelHashing();

  private constructor(bench: Workbench, server: StrictServer) {
    this.bench = bench;
    this.server = server;
    this.model = join(bench.folder, 'house.ifc');
  }

  static async start(handle: Handler): Promise<RunBench> {
    const server = await StrictServer.start({ run: { method: 'POST', path: '/run', handle } });
    const at = new RunBench(await Workbench.create(), server);
    await mkdir(at.results);
    await writeFile(at.model, stepModel({ schema: 'IFC4', bytes: 5000 }));
    return at;
  }

  get results(): string {
    return join(this.bench.folder, 'results');
  }

  input(options: Partial<RunInput['options']> = {}): RunInput {
    return {
      service: { ...serviceAt(this.server.origin, { oauth: null, form: 'open' }), isNamed: true },
      environmentToken: null,
      insecure: false,
      path: this.model,
      label: 'house',
      options: {
        inputType: null,
        expect: null,
        contextId: null,
        flow: 'auto',
        jobs: 1,
        fields: [],
        waitMs: null,
        allowEmpty: false,
        keepRejected: false,
        maxResult: null,
        receipt: true,
        fieldsHash: null,
        version: '1.2.3',
        ...options,
      },
    };
  }

  /** `output`: `-o` as typed. */
  ports(output: string | null = null): RunPorts {
    const places = new ResultPlaces({
      output,
      cwd: this.results,
      several: false,
      serviceId: 'check',
      date: '2026-01-01',
      pid: process.pid,
      isAlive: () => true,
    });
    const target = {
      places,
      inputs: new InputFiles([this.model]),
      serviceId: 'check',
      force: false,
      umask: 0o022,
      pid: process.pid,
      cwd: this.bench.folder,
      print: async () => {},
      note: () => {},
    };
    return {
      ...this.bench.ports,
      openModel: (path) => {
        this.asked.push('model');
        return openModel(path);
      },
      openForm,
      openTarget: (model, signal) => {
        this.asked.push('target');
        return openResultTarget(model, target, signal);
      },
      openHash: (length) => this.#hashing.open(length),
      onProgress: ({ phase }) => {
        if (this.phases.at(-1) !== phase) this.phases.push(phase);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hashing[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    await this.bench[Symbol.asyncDispose]();
  }
}
