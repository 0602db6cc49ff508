// One look at the store shows of each service what asking for it alone would show.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { registrationKey, tokenKey } from '../../src/core/credentials/credential-records.js';
import { createCredentialStore } from '../../src/core/credentials/credential-store.js';
import { recordsOnce, shownCredentials } from '../../src/core/credentials/shown-credentials.js';
import { createCredentialFiles } from '../../src/io/store/credential-files.js';
import type { Service } from '../../src/protocol/repository/service.js';
import { Secret } from '../../src/secret.js';
import { NOW, serviceAt, Workbench } from './workbench.js';

const service = (n: number): Service => ({
  ...serviceAt(`https://server-${n}.example`, { resourceUrl: `https://server-${n}.example/run` }),
});
const [one, two, three] = [service(1), service(2), service(3)];

const token = (text: string) => ({
  accessToken: new Secret(text),
  refreshToken: null,
  expiresAt: null,
  obtainedAt: NOW,
  resourceUrl: null,
});
const registration = {
  clientId: 'client-1',
  clientSecret: null,
  clientName: 'test',
  redirectUri: 'http://127.0.0.1:1/callback',
  issuedAt: null,
  expiresAt: null,
};

async function open(bench: Workbench) {
  const reads: string[] = [];
  const warnings: string[] = [];
  const files = createCredentialFiles({
    warn: (line) => void warnings.push(line),
    pid: process.pid,
    isAlive: () => true,
    now: () => NOW,
    cleanUp: async () => {},
    onHeld: () => {},
    folder: join(bench.folder, 'credentials'),
  });
  const counted: typeof files = {
    ...files,
    read(key) {
      reads.push(key);
      return files.read(key);
    },
  };
  return { records: counted, reads, warnings, plain: createCredentialStore(files, () => {}) };
}

async function stateOf(
  {
    readToken,
    readRegistration,
  }: Pick<ReturnType<typeof createCredentialStore>, 'readToken' | 'readRegistration'>,
  of: Service,
) {
  const text = (error: unknown) => String(error).replace(/corrupt-\d+/, 'corrupt-N');
  const found = of.oauth === null ? null : await readRegistration(of.oauth).catch(text);
  const stored = await readToken(of).catch(text);
  return { stored, found };
}

test('each record is read once, and a service without any costs no read', async () => {
  await using bench = await Workbench.create();
  const { records, reads, plain } = await open(bench);
  await plain.writeToken(one, token('token-1'));
  if (one.oauth !== null) await plain.writeRegistration(one.oauth, registration);
  const expected = await Promise.all([one, two, three].map((each) => stateOf(plain, each)));
  const shown = shownCredentials(await recordsOnce(records), () => {});
  const states = await Promise.all([one, two, three, one].map((each) => stateOf(shown, each)));
  expect(states).toEqual([...expected, expected[0]]);
  expect(states[0]).toMatchObject({ found: { clientId: 'client-1' } });
  expect(states[0]?.stored).toMatchObject({ accessToken: new Secret('token-1') });
  expect(reads.toSorted()).toEqual([registrationKey(one.oauth ?? fail()), tokenKey(one)].toSorted());
});

test.each([
  ['damaged', '{"version":1', /it is kept as .*corrupt-/],
  ['of a newer version', '{"version":9,"kind":"token"}', /newer bimservice/],
  ['without its service', '{"version":1,"kind":"token"}', /it is kept as .*corrupt-/],
])('a record that is %s is an error of its service alone', async (_, text, message) => {
  await using bench = await Workbench.create();
  const { records, plain } = await open(bench);
  await plain.writeToken(one, token('token-1'));
  await writeFile(join(bench.folder, 'credentials', `${tokenKey(two)}.json`), text, { mode: 0o600 });
  const shown = shownCredentials(await recordsOnce(records), () => {});
  await expect(shown.readToken(two)).rejects.toMatchObject({
    code: 'store-damaged',
    message: expect.stringMatching(message),
  });
  await expect(shown.readToken(one)).resolves.toMatchObject({ accessToken: new Secret('token-1') });
  await expect(shown.readToken(three)).resolves.toBeNull();
  expect((await readdir(join(bench.folder, 'credentials'))).length).toBe(2);
});

function fail(): never {
  throw new Error('the service has no OAuth addresses');
}
