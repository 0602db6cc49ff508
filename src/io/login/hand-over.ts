// Hands an address to the browser in a file that only this account can read: other users see the arguments of a program in `ps`.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onAbort } from '../../abort.js';
import { escapeMarkup } from '../../protocol/text/escape-markup.js';
import { makePrivateFolder } from '../files/make-folder.js';
import { pageName } from '../files/unfinished-files.js';
import { writeWhole } from '../files/write-whole.js';

/** How long the desktop may take to say which browser it uses, in ms. */
const ASK_MS = 2000;

/** Where accounts of people begin and end (login.defs, UID_MIN and UID_MAX). */
const PEOPLE = { first: 1000, last: 60_000 };

export interface HandOver {
  /** A folder of ours; it is made 0700. */
  folder: string;
  pid: number;
  /** The file with the accounts of this machine. */
  accounts?: string;
}

/**
 * The path of a page that leads to `url`, or null where the address itself is to be handed over: on a machine with one
 * person, and where the browser may not be able to read the file. The page is removed when `done` aborts.
 */
export async function handOverPage(
  url: string,
  { folder, pid, accounts = '/etc/passwd' }: HandOver,
  env: NodeJS.ProcessEnv,
  done: AbortSignal,
): Promise<string | null> {
  // Other systems have no way to ask whether the browser also opens a page in a file.
  if (platform() !== 'linux') return null;
  if (!(await hasSeveralPeople(accounts)) || !(await opensPages(env))) return null;
  const path = join(folder, pageName(pid, randomBytes(8).toString('hex')));
  try {
    await makePrivateFolder(folder);
    await writeWhole(path, pageTo(url), { mode: 0o600, pid });
  } catch {
    // A folder that cannot be written to is no reason to end a login.
    return null;
  }
  onAbort(done, () => {
    try {
      unlinkSync(path);
    } catch {
      // The next command that opens the store removes it.
    }
  });
  return path;
}

/** True when more than one account can log in, or when that is not known. */
async function hasSeveralPeople(accounts: string): Promise<boolean> {
  const text = await readFile(accounts, 'utf8').catch(() => null);
  if (text === null) return true;
  const people = text.split('\n').filter((line) => {
    const fields = line.split(':');
    const uid = Number(fields[2]);
    return uid >= PEOPLE.first && uid <= PEOPLE.last && !/\/(?:nologin|false)$/.test(fields[6] ?? '');
  });
  return people.length > 1;
}

/**
 * True when the browser of the desktop also opens pages in files, and runs outside of a sandbox. A Snap or Flatpak cannot
 * read our folder, and another program for `text/html` may be an editor.
 */
async function opensPages(env: NodeJS.ProcessEnv): Promise<boolean> {
  const [browser, reader] = await Promise.all([
    answerOf('xdg-settings', ['get', 'default-web-browser'], env),
    answerOf('xdg-mime', ['query', 'default', 'text/html'], env),
  ]);
  if (browser === '' || browser !== reader || browser.includes('/')) return false;
  for (const folder of applicationFolders(env)) {
    const file = join(folder, browser);
    const entry = await readFile(file, 'utf8').catch(() => null);
    if (entry === null) continue;
    const command = /^Exec=(.*)$/m.exec(entry)?.[1] ?? '';
    const place = await realpath(file).catch(() => file);
    return ![place, command].some((text) => /\/snapd?\/|\bflatpak\b/.test(text));
  }
  return false;
}

async function answerOf(program: string, argv: string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await promisify(execFile)(program, argv, { env, timeout: ASK_MS })).stdout.trim();
  } catch {
    return '';
  }
}

/** In this order (XDG Base Directory Specification, Desktop Entry Specification). */
function applicationFolders({ HOME, XDG_DATA_HOME, XDG_DATA_DIRS }: NodeJS.ProcessEnv): string[] {
  const home = XDG_DATA_HOME || join(HOME || homedir(), '.local', 'share');
  const shared = (XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(':');
  return [home, ...shared].filter((folder) => folder !== '').map((folder) => join(folder, 'applications'));
}

/** Three ways on: most browsers follow the first, and a person can press the link. */
function pageTo(url: string): string {
  const attribute = escapeMarkup(url);
  const script = JSON.stringify(url).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="1;url=${attribute}">
<title>bimservice</title>
<script>location.replace(${script})</script>
<p><a href="${attribute}">Go on to the consent</a></p>
</html>
`;
}
