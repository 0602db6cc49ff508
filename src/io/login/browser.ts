// Opens an address in the person's browser: with the opener of the system, or with the command in --browser.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Browser } from '../../core/ports/login.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { type HandOver, handOverPage } from './hand-over.js';

/** An opener that fails does so within this time; one that runs longer is a working browser. */
const WATCH_MS = 2000;

/**
 * The browser of this system, or `command` (words split at blanks; quotes keep a word together; no shell), which gets the
 * address as its last argument.
 * `open` rejects with a one-line Error when the opener is missing or fails at once (CASES B023); the login continues then.
 * It rejects with BimServiceError `unsafe-address` for anything but http(s) (B029).
 */
export function createBrowser(options: BrowserOptions): Browser {
  const { env, handOver } = options;
  return {
    async open(address, done) {
      const url = webAddress(address);
      const command = options.command ?? usualBrowser(env);
      if (command !== null) return watch(startCommand(splitCommand(command), url, env));
      const page = handOver === null ? null : await handOverPage(url, handOver, env, done);
      await watch(await startSystemOpener(page ?? url));
    },
  };
}

export interface BrowserOptions {
  /** The words of `--browser`. */
  command: string | null;
  env: NodeJS.ProcessEnv;
  /** Where a page may be made that leads to the address; null: the address is an argument of the opener. */
  handOver: HandOver | null;
}

function webAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new BimServiceError(
      'unsafe-address',
      `not an http(s) address, so not opened: ${cleanText(address, 80)}`,
      {
        phase: 'authorize',
      },
    );
  }
  return url.href;
}

/** The first command in BROWSER, which is a list with colons; a system without xdg-open has nothing else to go by. */
function usualBrowser(env: NodeJS.ProcessEnv): string | null {
  const [first = ''] = (env.BROWSER ?? '').split(':');
  return first.trim() === '' ? null : first.trim();
}

function splitCommand(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (word) => word[1] ?? word[2] ?? word[3] ?? '',
  );
}

/** `target`: an address, or the path of a page that leads to it. */
async function startSystemOpener(target: string): Promise<ChildProcess> {
  const { default: open } = await import('open');
  try {
    return await open(target);
  } catch (error) {
    throw openerError(systemErrorCode(error) ?? 'no opener found', error);
  }
}

function startCommand([program = '', ...rest]: string[], url: string, env: NodeJS.ProcessEnv): ChildProcess {
  if (program === '') throw openerError('the command is empty');
  // BROWSER may say by %s where the address goes; otherwise it is the last argument.
  const words = rest.some((word) => word.includes('%s'))
    ? rest.map((word) => word.replaceAll('%s', url))
    : [...rest, url];
  // Our own variables hold secrets that no browser needs.
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BIMSERVICE_')));
  // Detached, so that Ctrl-C in the terminal ends this program and not the browser.
  return spawn(program, words, {
    env: own,
    stdio: 'ignore',
    detached: true,
    windowsHide: true,
    shell: false,
  });
}

/** Resolves when the opener is done, or is still running after WATCH_MS. Never keeps the process alive. */
function watch(child: ChildProcess): Promise<void> {
  child.unref();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, WATCH_MS);
    timer.unref();
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else reject(openerError(code === null ? `it was ended by ${signal}` : `it ended with status ${code}`));
    };
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(openerError(systemErrorCode(error) ?? 'it could not be started', error));
    });
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode);
    else child.once('exit', ended);
  });
}

function openerError(reason: string, cause?: unknown): Error {
  const text = reason === 'ENOENT' ? 'no such command' : reason;
  return new Error(`no browser could be opened (${text})`, { cause });
}
