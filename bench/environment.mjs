// What all cases need: the server of the bench, the program under test, and a workspace for each case.

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { RESULT_NAME } from './services.mjs';

/** @typedef {import('./measure.mjs').Command} Command */

/** The root of the checkout that contains this file. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** The program under test: the one of this checkout, or the file in BENCH_BIN. */
const PROGRAM = process.env.BENCH_BIN ?? join(PROJECT, 'bin', 'bimservice.js');

/** The Node that runs the program and its peer `node -e 0`: the one of the bench, or the file in BENCH_NODE. */
export const NODE = process.env.BENCH_NODE ?? process.execPath;

/** @param {string} root an empty folder for all files of the bench */
export async function openEnvironment(root) {
  for (const file of [PROGRAM, NODE]) if (!existsSync(file)) throw new Error(`there is no ${file}`);
  const server = fork(fileURLToPath(new URL('server.mjs', import.meta.url)));
  const [{ repository, services }] = await once(server, 'message');
  return {
    root,
    /** The origin of the services. */
    services,
    /** How often the list of services was requested. */
    requests: async () => Number(await (await fetch(new URL('/requests', repository))).text()),
    /** @param {string} name */
    workspace: (name) => openWorkspace(join(root, name), repository),
    close: () => server.disconnect(),
  };
}

/** @typedef {Awaited<ReturnType<typeof openEnvironment>>} Environment */
/** @typedef {Awaited<ReturnType<typeof openWorkspace>>} Workspace */

/**
 * A working folder with its own configuration, which has a fresh cached copy of the list of services.
 * @param {string} folder
 * @param {string} repository the address of the list
 */
async function openWorkspace(folder, repository) {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  // Without the user's own settings, proxies and pipeline variables, which would influence the program and its peers.
  const env = {
    PATH: process.env.PATH ?? '',
    // Certificates in this variable make the start of Node much slower, for the peer as for our program.
    ...(process.env.NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS } : {}),
    HOME: home,
    TMPDIR: home,
    BIMSERVICE_CONFIG_DIR: join(home, 'config'),
  };

  /** @param {string} program @param {string[]} argv @returns {Command} */
  const command = (program, argv) => ({ program, argv, cwd: folder, env });
  /** @param {string[]} argv @returns {Command} */
  const ours = (argv) => command(NODE, [PROGRAM, ...argv]);

  /**
   * The program under test sends a model. Checks that the whole result and the receipt were saved.
   * @param {{ id: string, bytes: number }} service @param {string} model @param {string[]} [options] @returns {Command}
   */
  const invocation = (service, model, options = []) => {
    const results = join(folder, 'results');
    return {
      ...ours(['invoke', service.id, model, '-o', results, ...options]),
      before: async () => {
        await rm(results, { recursive: true, force: true });
        await mkdir(results);
      },
      after: async () => {
        await expectSize(join(results, RESULT_NAME), service.bytes);
        if (!options.includes('--no-receipt')) await stat(join(results, `${RESULT_NAME}.run.json`));
      },
    };
  };

  await output(ours(['repository', 'add', repository, '--quiet']));
  await output(ours(['list']));
  return { folder, command, ours, invocation, bareNode: command(NODE, ['-e', '0']) };
}

/**
 * Runs a command once without measuring it, and returns its stdout. Throws when the command fails.
 * @param {Command} command
 * @param {string} [stdin]
 */
export async function output({ program, argv, cwd, env }, stdin = '') {
  const child = spawn(program, argv, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(stdin);
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`${[program, ...argv].join(' ')} ended with ${code}`);
  return stdout;
}

/**
 * @param {string} path
 * @param {number} bytes
 */
export async function expectSize(path, bytes) {
  const { size } = await stat(path);
  if (size !== bytes) throw new Error(`${path} has ${size} bytes instead of ${bytes}`);
}
