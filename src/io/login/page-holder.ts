// Hands a listening socket to a small program that shows the page of a finished login for some more seconds, and gets it back.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import type { Server } from 'node:net';
import { parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTime } from '../../deadline.js';
import { type HeldPage, RELEASE_HEADER } from './held-page.js';

/** The bundle of `src/hold-page.ts`, as seen from the chunks of the program. It is not there when the source itself runs. */
const HOLDER = fileURLToPath(new URL('../hold-page.cjs', import.meta.url));

/** How long the handing over may take, in ms: the login is done, and its process ends. */
const HAND_OVER_MS = 400;
/** How long the program of another login may take to give up the port, in ms. */
const RELEASE_MS = 500;

/** Resolves when the program has `server` or could not be started. Never rejects: only the page is lost. */
export async function holdPage(server: Server, page: HeldPage): Promise<void> {
  if (!existsSync(HOLDER)) return;
  const child = fork(HOLDER, {
    // The working folder may be one that is removed.
    cwd: parse(HOLDER).root,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
  });
  child.unref();
  child.channel?.unref();
  await inTime(
    new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.send(page, server, () => resolve());
    }),
    HAND_OVER_MS,
  );
}

/** Asks a program that holds the page at this address to end. True when there was one. */
export function askForPort(host: string, port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host, port, path, headers: { [RELEASE_HEADER]: '1' }, timeout: RELEASE_MS, agent: false },
      (response) => {
        response.resume();
        response.once('close', () => resolve(response.statusCode === 204));
      },
    );
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
