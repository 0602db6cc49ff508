// Loads lists with real requests, a clock that the test moves, and a cache in a folder of its own.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type LoadRepositoriesInput, loadRepositories } from '../../src/core/repository/load-repositories.js';
import type { LoadPorts } from '../../src/core/repository/read-source.js';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { createListCache } from '../../src/io/store/list-cache.js';
import { freePort } from '../support/peer.js';
import type { PlannedResponse, Route } from '../support/strict-server.js';

export const START = 1_700_000_000_000;
const http = createHttpClient({ ca: undefined, userAgent: 'test', limits: HTTP_LIMITS, env: {} });

/** What one test loads with. Call it in the body of a test file or of a `describe`: it is new for each test. */
export function listLoading() {
  const at = { folder: '', now: START };
  beforeEach(async () => {
    at.folder = await mkdtemp(join(tmpdir(), 'bimservice-list-'));
    at.now = START;
  });
  afterEach(() => rm(at.folder, { recursive: true }));
  const ports = (stdin = ''): LoadPorts => ({
    http,
    cache: createListCache(join(at.folder, 'cache'), { pid: process.pid, cleanUp: async () => {} }),
    clock: { now: () => at.now, monotonic: () => at.now },
    readFile: (path) => readFile(path),
    readStdin: async () => new TextEncoder().encode(stdin),
  });
  const load = (
    locations: readonly string[],
    changes: Partial<LoadRepositoriesInput> = {},
    from = ports(),
  ) => {
    const sources = locations.map((location, index) => ({ alias: `r${index + 1}`, location }));
    const input = { sources, strict: false, insecure: false, cacheUse: 'revalidate' as const, ...changes };
    return loadRepositories(input, from, new AbortController().signal);
  };
  return { at, ports, load };
}

export function ids(loaded: { services: readonly { id: string }[] }): string[] {
  return loaded.services.map(({ id }) => id);
}

export function list(...names: string[]): string {
  return JSON.stringify({ services: names.map((name) => ({ name, resourceUrl: 'https://b.example/s' })) });
}

export function json(body: string, headers: PlannedResponse['headers'] = []): PlannedResponse {
  return { status: 200, headers: [['Content-Type', 'application/json'], ...headers], body };
}

export const gives = (path: string, response: PlannedResponse): Route => ({
  method: 'GET',
  path,
  handle: () => response,
});
export const goes = (path: string, location: string): Route =>
  gives(path, { status: 302, headers: [['Location', location]] });
export const html: PlannedResponse = {
  status: 200,
  headers: [['Content-Type', 'text/html']],
  body: '<!doctype html><title>Hi</title>',
};

/** An address of this machine without a listener. */
export const deadAddress = async () => `http://127.0.0.1:${await freePort()}/servicelist`;
