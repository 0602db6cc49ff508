// What all cases stand on: a server of the bench, the program under test, and folders of their own for each case.

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ANSWER_NAME } from './services.mjs';

/** @typedef {import('./measure.mjs').Command} Command */

/** The project, or rather the checkout that this file lies in. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** The program under test: this checkout's, or the file that BENCH_BIN names. */
const PROGRAM = process.env.BENCH_BIN ?? join(PROJECT, 'bin', 'bimservice.js');

/** @param {string} root an empty folder for all that the bench writes */
export async function openStand(root) {
  if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}`);
  const server = fork(fileURLToPath(new URL('server.mjs', import.meta.url)));
  const [{ repository, services }] = await once(server, 'message');
  return {
    root,
    /** Origin of the services. */
    services,
    /** How often the list of services was asked for. */
    requests: async () => Number(await (await fetch(new URL('/seen', repository))).text()),
    /** @param {string} name */
    desk: (name) => openDesk(join(root, name), repository),
    close: () => server.disconnect(),
  };
}

/** @typedef {Awaited<ReturnType<typeof openStand>>} Stand */
/** @typedef {Awaited<ReturnType<typeof openDesk>>} Desk */

/**
 * A working folder with a configuration of its own, in which the list of services is stored and fresh.
 * @param {string} folder
 * @param {string} repository address of the list
 */
async function openDesk(folder, repository) {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  // Nothing of the person's own settings, proxies and pipeline: they would steer the program or its peer.
  const env = {
    PATH: process.env.PATH ?? '',
    // Certificates that Node is made to load take longer than the rest of its start, for the peer as for us.
    ...(process.env.NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS } : {}),
    HOME: home,
    TMPDIR: home,
    BIMSERVICE_CONFIG_DIR: join(home, 'config'),
  };

  /** @param {string} program @param {string[]} argv @returns {Command} */
  const command = (program, argv) => ({ program, argv, cwd: folder, env });
  /** @param {string[]} argv @returns {Command} */
  const ours = (argv) => command(process.execPath, [PROGRAM, ...argv]);

  /**
   * The program under test sends a model, and has to come back with the whole answer and its receipt.
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
        await mustHaveSize(join(results, ANSWER_NAME), service.bytes);
        if (!options.includes('--no-receipt')) await stat(join(results, `${ANSWER_NAME}.run.json`));
      },
    };
  };

  await output(ours(['repository', 'add', repository, '--quiet']));
  await output(ours(['list']));
  return { folder, command, ours, invocation, bareNode: command(process.execPath, ['-e', '0']) };
}

/**
 * Runs a command once, unmeasured, and gives what it says on stdout. Throws where it fails.
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
export async function mustHaveSize(path, bytes) {
  const { size } = await stat(path);
  if (size !== bytes) throw new Error(`${path} has ${size} bytes in place of ${bytes}`);
}
