// One process of many, with one writer or several: saves credentials through the built store and says on stdout what it has saved.
import { join } from 'node:path';
import { createCredentialStore } from '../../.test-build/core/credentials/credential-store.js';
import { createCleanUp } from '../../.test-build/io/store/clean-up.js';
import { createConfigFile } from '../../.test-build/io/store/config-file.js';
import { createCredentialFiles } from '../../.test-build/io/store/credential-files.js';
import { Secret } from '../../.test-build/secret.js';

const { what, folder, writers, times, bytes = 200 } = JSON.parse(process.argv[2] ?? '{}');
const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};
const options = {
  warn: () => {},
  now: () => Date.now(),
  pid: process.pid,
  isAlive,
  cleanUp: createCleanUp(folder, { pid: process.pid, isAlive }),
  onHeld: () => {},
};
const { signal } = new AbortController();
const store = createCredentialStore(
  createCredentialFiles({ ...options, folder: join(folder, 'credentials') }),
  () => {},
);
const config = createConfigFile({ ...options, folder });

const serviceOf = (name) => ({
  id: name,
  name,
  resourceUrl: `https://bim.example/${name}`,
  oauth: {
    registerUrl: 'https://bim.example/register',
    authorizationUrl: 'https://bim.example/authorize',
    tokenUrl: 'https://bim.example/token',
  },
});
const tokenOf = (writer, obtainedAt) => ({
  accessToken: new Secret(`${writer}-`.padEnd(bytes, 'x')),
  refreshToken: null,
  expiresAt: null,
  obtainedAt,
  resourceUrl: null,
});

const saves = {
  /** A service of its own each time. */
  async 'other keys'(writer, turn) {
    const name = `service-${writer}-${turn}`;
    await store.writeToken(serviceOf(name), tokenOf(writer, turn));
    return name;
  },
  /** The one token of all writers, in which `obtainedAt` counts the saves: read, add one, write. */
  async 'same key'(writer) {
    const service = serviceOf('shared');
    const lock = await store.lockToken(service, signal);
    try {
      const count = ((await store.readToken(service))?.obtainedAt ?? 0) + 1;
      await store.writeToken(service, tokenOf(writer, count));
      return String(count);
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  },
  /** An entry in the one configuration of all writers. */
  async configuration(writer, turn) {
    const alias = `repository-${writer}-${turn}`;
    await config.update(
      (old) => ({ ...old, repositories: [...old.repositories, { alias, location: '/tmp/list.json' }] }),
      signal,
    );
    return alias;
  },
};

async function save(writer) {
  for (let turn = 0; turn < times; turn += 1) {
    try {
      process.stdout.write(`saved ${await saves[what](writer, turn)}\n`);
    } catch (error) {
      process.stdout.write(`failed ${error.code} ${error.cause?.code}\n`);
      process.exitCode = error.exitCode ?? 1;
    }
  }
}

for (const writer of writers) void save(writer);
