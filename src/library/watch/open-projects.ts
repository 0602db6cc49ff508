// Connects a watch with projects on a BIMserver: the login, and what becomes of a result.
import { basename, join } from 'node:path';
import { ProjectApi, type ProjectLogin } from '../../core/bimserver/project-api.js';
import type { ModelRun } from '../../core/invocation/run-model.js';
import { asBimServiceError } from '../../error-shape.js';
import { BimServiceError } from '../../errors.js';
import { readLocalFile } from '../../io/files/read-input.js';
import { checkEndpoint } from '../../protocol/repository/addresses.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { Ports } from '../client/ports.js';
import { ProjectSource } from './project-source.js';

/** Projects on a BIMserver, whose new revisions are run. */
export interface WatchedProjects {
  /** The address of the server. */
  server: string;
  /** Names or ids. */
  names: readonly string[];
  /** Asks for the login, once, for the server at `site`. */
  login: (site: URL) => ProjectLogin | Promise<ProjectLogin>;
}

/** Larger results are not sent to the server: its JSON API takes the whole file in one text. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface Projects {
  source: ProjectSource;
  /** The run, with an error where its result could not be added to the revision. */
  addResult(path: string, roid: string, run: ModelRun): Promise<ModelRun>;
}

/** Logs in and finds the projects. Throws `usage`, `access-denied`, `model-unreadable` and the errors of the network. */
export async function openProjects(
  ports: Ports,
  { server, names: projects, login }: WatchedProjects,
  { output, service }: { output: string; service: Service },
): Promise<Projects> {
  const { reporter, signal, insecure } = ports;
  const { umask, pid } = ports.place;
  const site = checkEndpoint(server, { insecure });
  const api = new ProjectApi(site, await login(site), { http: await ports.http(), reporter });
  // A name that is wrong is a mistake now; later the server may be away.
  for (const project of projects) await api.project(project, signal);
  const folder = join(output, '.revisions');
  const source = new ProjectSource(api, {
    site: site.href.endsWith('/') ? site.href.slice(0, -1) : site.href,
    projects,
    folder,
    umask,
    pid,
  });
  return {
    source,
    async addResult(path, roid, run) {
      if (run.error !== null || run.record.output === null) return run;
      try {
        await add(api, roid, run, service.outputs[0], signal);
        reporter.info(`${cleanText(path)}: the result is extended data of revision ${roid} now.`);
        return run;
      } catch (error) {
        return { ...run, error: notAdded(error, roid) };
      }
    },
  };
}

async function add(
  api: ProjectApi,
  roid: string,
  { record }: ModelRun,
  promised: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { output, timing } = record;
  if (output === null) return;
  if (output.bytes > MOST_BYTES)
    throw new BimServiceError('service-failed', 'the result is larger than 64 MiB');
  const fileName = basename(output.path);
  await api.addResult(
    roid,
    {
      schema: output.type ?? promised ?? 'UNSTRUCTURED_UTF8_TEXT_1_0',
      contentType: output.contentType ?? 'application/octet-stream',
      fileName,
      title: output.title ?? `${record.service.id} Results`,
      data: await readLocalFile(output.path, Number.POSITIVE_INFINITY),
      tookMs: timing.waitMs ?? 0,
    },
    signal,
  );
}

function notAdded(error: unknown, roid: string): BimServiceError {
  const { message, hint } = asBimServiceError(error);
  return new BimServiceError(
    'service-failed',
    `the result is saved, but could not be added to revision ${roid}: ${message}`,
    { phase: 'save', outcome: 'done', cause: error, ...(hint === undefined ? {} : { hint }) },
  );
}
