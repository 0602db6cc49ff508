// Hands a listening socket to a small program that shows the page of a finished login for some more seconds, and gets it back.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { inTime } from '../../deadline.js';
import { smallProgram } from '../../small-programs.js';
import { type HeldPage, RELEASE_HEADER } from './held-page.js';

/** How long the handing over may take, in ms: the login is done, and its process ends. */
const HAND_OVER_MS = 400;
/** How long the program of another login may take to give up the port, in ms. */
const RELEASE_MS = 500;

/** Resolves when the program has `server` or could not be started. Never rejects: only the page is lost. */
export async function holdPage(server: Server, port: number, page: Omit<HeldPage, 'mark'>): Promise<void> {
  const holder = smallProgram('hold-page');
  if (holder === null) return;
  const mark = markOf(port, page.path);
  // Exclusive: in a shared folder someone may have put a link there.
  await writeFile(mark, '', { mode: 0o600, flag: 'wx' }).catch(() => {});
  const child = fork(holder, {
    // The working folder may be one that is removed.
    cwd: parse(tmpdir()).root,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
  });
  child.unref();
  child.channel?.unref();
  await inTime(
    new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.send({ ...page, mark } satisfies HeldPage, server, () => resolve());
    }),
    HAND_OVER_MS,
  );
}

/** Says that the port is ours, so that no other program is asked for its port. */
function markOf(port: number, path: string): string {
  return join(
    tmpdir(),
    `bimservice-page-${port}-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`,
  );
}

/** Asks a program that holds the page at this address to end. True when there was one. */
export async function askForPort(host: string, port: number, path: string): Promise<boolean> {
  const mark = markOf(port, path);
  if (!existsSync(mark)) return false;
  try {
    return await ask(host, port, path);
  } finally {
    await rm(mark, { force: true }).catch(() => {});
  }
}

function ask(host: string, port: number, path: string): Promise<boolean> {
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
