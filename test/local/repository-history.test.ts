// All versions of a public repository, against the table in the folder's README. The folder is not part of the project.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadRepositories } from '../../src/core/repository/load-repositories.js';
import { createHttpClient } from '../../src/io/http/client.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';

const folder = fileURLToPath(new URL('../../../shared/repository-history/', import.meta.url));
const present = existsSync(folder);
if (!present) console.log('skipped: ../shared/repository-history is not there');

const json5 = expect.stringMatching(/ is JSON5, not JSON: a key without quotes \(line \d+\)/);
const commas = expect.stringMatching(/ is JSON5, not JSON: a trailing comma \(line 14\)$/);
const [O, F, N] = ['open', 'flat', 'nested'];
const TABLE: Record<string, [forms: (string | undefined)[], warnings: unknown[]]> = {
  'services.json': [
    [],
    [json5, expect.stringMatching(/no resourceUrl; the entry belongs to an older protocol$/)],
  ],
  '01': [[], [json5, expect.stringMatching(/no resourceUrl; the entry belongs to an older protocol$/)]],
  '02': [
    [],
    [json5, expect.stringMatching(/"Test Service" \(\/services\/0\) left out: it has no resourceUrl$/)],
  ],
  '03': [[F], []],
  '04': [[F, F], []],
  '05': [[F, F], []],
  '06': [[F, F], []],
  '07': [[F, F, O], []],
  '09': [[N, N, O], [commas]],
  '10': [[N, N, O], []],
  '11': [[N, N, N, O], []],
  '12': [[N, N, N, O], []],
  '13': [[N, N, N, O], []],
  '14': [[N, N, N, O], []],
};

function load(name: string, offline = false) {
  const file = readdirSync(folder).find((entry) => entry === name || entry.startsWith(`${name}-`)) ?? name;
  return loadRepositories(
    {
      sources: [{ alias: 'history', location: folder + file }],
      strict: false,
      insecure: false,
      cacheUse: offline ? 'offline' : 'refresh',
    },
    {
      http: createHttpClient({ ca: undefined, userAgent: 'test', limits: HTTP_LIMITS, env: {} }),
      cache: { read: async () => null, write: async () => {} },
      clock: { now: () => 0, monotonic: () => 0 },
      readFile: async (path) => readFileSync(path),
      readStdin: () => Promise.reject(new Error('stdin was read')),
    },
    new AbortController().signal,
  );
}

describe.skipIf(!present)('the history of a public repository', () => {
  it.each(Object.entries(TABLE))('%s', async (name, [forms, warnings]) => {
    const loaded = await load(name);
    expect(loaded.services.map((service) => service.form)).toEqual(forms);
    expect(loaded.warnings).toEqual(warnings);
  });

  it('08 is refused, naming line 23', async () => {
    await expect(load('08')).rejects.toMatchObject({
      code: 'repository-invalid',
      exitCode: 3,
      message: expect.stringMatching(
        /08-c9ab443\.json is not valid JSON: line 23, .* not closed .*: "oauth: \{$/,
      ),
    });
  });

  it('the last version: ids, names and addresses unchanged', async () => {
    const { services } = await load('14');
    expect(services.map(({ id }) => id)).toEqual([
      'fake-clashdetection-service',
      'fake-ifc-returning-service',
      'example-running-on-bimserver-as',
      'testing-local-service-with-no-auth',
    ]);
    expect(services[1]?.name).toBe('Fake IFC returning  service');
    expect(services[3]).toMatchObject({
      resourceUrl: 'http://localhost:5050',
      outputs: ['VALIDATION_JSON_1_0'],
    });
  });

  // Offline, since the fourth list is on the public network.
  it('serviceproviders.json: a warning for each list that does not respond', async () => {
    const { services, warnings } = await load('serviceproviders.json', true);
    expect(services).toEqual([]);
    expect(warnings).toHaveLength(4);
    expect(warnings[3]).toMatch(/^"Experimentalserver\.com" \(https:\/\/.*\/servicelist\) left out: /);
  });
});
