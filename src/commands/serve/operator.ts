// The operator's commands: users, clients and tokens of a data folder, also while its server runs.
import type { Context } from '../../context.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { systemReason } from '../../io/files/system-reason.js';
import { tableLines } from '../../output/table.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { Clients } from '../../serve/oauth/clients.js';
import { Tokens } from '../../serve/oauth/tokens.js';
import { isUserName, Users } from '../../serve/oauth/users.js';
import { type ServerStore, StoreError } from '../../serve/store/port.js';
import { secretFromStdin } from '../shared/stdin-secret.js';
import type { NatsFlags } from './nats-link.js';
import { asDataError, dataFolder, hasData, openData } from './serve-data.js';

export interface OperatorFlags extends NatsFlags {
  data?: string;
}

interface Operated {
  readonly users: Users;
  readonly clients: Clients;
  readonly tokens: Tokens;
  copyTo(path: string): Promise<void>;
}

async function withData(
  context: Context,
  flags: OperatorFlags,
  work: (data: Operated) => Promise<void>,
  { isFirst = false }: { isFirst?: boolean } = {},
): Promise<void> {
  try {
    await using store = await openStore(context, flags, isFirst);
    const now = () => context.runtime.clock.now();
    const randomToken = (bytes: number) => context.runtime.random.token(bytes);
    const clients = new Clients(store, now, randomToken);
    const tokens = new Tokens(store, clients, now, randomToken, null);
    await work({ users: new Users(store, now), clients, tokens, copyTo: (path) => store.copyTo(path) });
  } catch (error) {
    throw error instanceof StoreError ? asDataError(error) : error;
  }
}

/** A folder that is misspelled is not made. */
function noData(folder: string): BimServiceError {
  return new BimServiceError('usage', `there is no data of a server in ${folder}`, {
    hint: 'Name the folder of the server: --data DIR. A server that was never started has none.',
  });
}

interface OperatedStore extends ServerStore {
  copyTo(path: string): Promise<void>;
}

async function openStore(context: Context, flags: OperatorFlags, isFirst: boolean): Promise<OperatedStore> {
  if (flags.nats === undefined) {
    const folder = await dataFolder(context, flags.data);
    if (!isFirst && !(await hasData(folder))) throw noData(folder);
    return openData(context, folder);
  }
  const { openNatsData } = await import('./nats-data.js');
  const { link, store } = await openNatsData(context, flags.nats, flags);
  return Object.assign(store, {
    copyTo: () => Promise.reject(NO_COPY),
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  });
}

/** What the system reports about the new file of a copy, for a person. */
function copyFailure(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  if (error instanceof StoreError || code === undefined) return error;
  if (code === 'EEXIST') {
    return new BimServiceError('result-exists', `${path} exists already`, {
      hint: 'Name a new file.',
      cause: error,
    });
  }
  return new BimServiceError(
    'result-not-writable',
    `${path} cannot be written (${systemReason(error, path)})`,
    {
      hint: 'Name a file in another folder.',
      cause: error,
    },
  );
}

const NO_COPY = new BimServiceError('usage', 'serve backup copies the database of one machine', {
  hint: 'On NATS the data has replicas. For a copy use its own tool: nats account backup DIR',
});

const LEAST_PASSWORD = 8;

/** `serve user add|list|remove [name]`. */
export function userCommand(context: Context, [action, name]: string[], flags: OperatorFlags): Promise<void> {
  return withData(
    context,
    flags,
    async ({ users }) => {
      if (action === 'list') {
        const rows = (await users.list()).map((user) => ({ name: user.name, addedAt: iso(user.addedAt) }));
        return show(context, 'users', rows, ['name', 'addedAt']);
      }
      const user = needed(name, `serve user ${action} NAME`);
      if (action === 'remove') {
        if (!(await users.remove(user))) throw unknown('user', user, 'serve user list');
        return report(
          context,
          { user, done: 'removed' },
          `Removed ${cleanText(user)}; the tokens that came of this user have ended.`,
        );
      }
      if (!isUserName(user)) {
        throw new BimServiceError('usage', 'a user name has letters, digits and . _ @ + - only, 64 at most');
      }
      const password = await newPassword(context, user);
      if ([...password].length < LEAST_PASSWORD) {
        throw new BimServiceError(
          'usage',
          `the password is too short: it needs ${LEAST_PASSWORD} characters`,
        );
      }
      if (!(await users.add(user, password))) {
        throw new BimServiceError('usage', `there is a user ${user} already`, {
          hint: `To set another password: bimservice serve user remove ${user}, then add it`,
        });
      }
      return report(
        context,
        { user, done: 'added' },
        `Added ${user}. A server that runs asks for logins after its next start if this is the first user.`,
      );
    },
    { isFirst: action === 'add' },
  );
}

/** A person at a terminal types it twice: a slip would be found at the first consent only. */
async function newPassword(context: Context, user: string): Promise<string> {
  const password = await secretFromStdin(context, `password for ${user}`);
  if (!context.interactive) return password;
  const prompter = await context.prompter();
  const again = await prompter.askSecret('The same password a second time:', context.runtime.signal);
  if (again === password) return password;
  throw new BimServiceError('usage', 'the two passwords differ: nothing was added');
}

/** `serve client list|revoke [id]`. */
export function clientCommand(context: Context, [action, id]: string[], flags: OperatorFlags): Promise<void> {
  return withData(context, flags, async ({ clients }) => {
    if (action === 'list') {
      const rows = (await clients.list()).map((client) => ({
        id: client.id,
        name: client.name,
        form: client.dialect,
        registeredAt: iso(client.registeredAt),
        redirectUris: client.redirectUris.join(' '),
      }));
      return show(context, 'clients', rows, ['id', 'name', 'form', 'registeredAt', 'redirectUris']);
    }
    const client = needed(id, 'serve client revoke ID');
    if (!(await clients.revoke(client))) throw unknown('client', client, 'serve client list');
    return report(
      context,
      { client, done: 'revoked' },
      `Revoked ${cleanText(client)}; its tokens have ended.`,
    );
  });
}

/** `serve token list|revoke [id]`; the id is the beginning of what `list` shows, or the token itself on stdin (`-`). */
export function tokenCommand(context: Context, [action, id]: string[], flags: OperatorFlags): Promise<void> {
  return withData(context, flags, async ({ tokens, clients }) => {
    const entries = await tokens.list();
    if (action === 'list') {
      const names = new Map((await clients.list()).map((client) => [client.id, client.name]));
      const rows = entries.map((entry) => ({
        id: entry.key.slice(0, 16),
        service: entry.serviceId,
        client: names.get(entry.clientId) ?? '(revoked)',
        user: entry.user ?? '',
        expiresAt: iso(entry.expiresAt),
      }));
      return show(context, 'tokens', rows, ['id', 'service', 'client', 'user', 'expiresAt']);
    }
    const named = needed(id, 'serve token revoke ID');
    const key =
      named === '-' ? Tokens.keyOf((await secretFromStdin(context, 'token')).trim()) : named.toLowerCase();
    const found = key.length < 8 ? [] : entries.filter((entry) => entry.key.startsWith(key));
    const [token, ...others] = found;
    if (token === undefined || others.length > 0) throw unknown('token', named, 'serve token list');
    await tokens.revokeKey(token.key);
    const shown = token.key.slice(0, 16);
    return report(
      context,
      { token: shown, service: token.serviceId, done: 'revoked' },
      `Revoked the token ${shown} for ${token.serviceId}.`,
    );
  });
}

/** `serve backup FILE`: a copy of the database, also while the server runs. */
export function backupCommand(context: Context, [file]: string[], flags: OperatorFlags): Promise<void> {
  return withData(context, flags, async ({ copyTo }) => {
    const path = context.path(needed(file, 'serve backup FILE'));
    try {
      await copyTo(path);
    } catch (error) {
      throw copyFailure(error, path);
    }
    return report(
      context,
      { path, done: 'copied' },
      `Copied to ${path}. It holds hashes of tokens and passwords: keep it safe.`,
    );
  });
}

/** What was done: a document with --json, otherwise a line. */
async function report(context: Context, document: Record<string, string>, line: string): Promise<void> {
  if (context.json) return context.printJson(document);
  context.reporter.info(line);
}

async function show(
  context: Context,
  kind: string,
  rows: ReadonlyArray<Record<string, string>>,
  columns: readonly string[],
): Promise<void> {
  if (context.json) return context.printJson({ [kind]: rows });
  if (rows.length === 0) return context.reporter.info(`There are no ${kind}.`);
  const titles = columns.map((name) => ({
    title: name.replace(/[A-Z]/g, ' $&').toUpperCase(),
    kind: 'copy' as const,
  }));
  const cells = rows.map((row) => columns.map((name) => cleanText(row[name] ?? '')));
  const width = context.runtime.stdout.columns ?? Number.POSITIVE_INFINITY;
  await context.print(`${(await tableLines(titles, cells, width)).join('\n')}\n`);
}

function needed(value: string | undefined, usage: string): string {
  if (value !== undefined && value !== '') return value;
  throw new BimServiceError('usage', `something is missing: bimservice ${usage}`);
}

function unknown(kind: 'user' | 'client' | 'token', name: string, list: string): BimServiceError {
  // A token is named by the beginning of its id, and the token itself is a secret.
  const words =
    kind === 'token'
      ? 'there is no such token, or more than one'
      : `there is no ${kind} ${cleanText(name, 60)}`;
  return new BimServiceError('usage', words, { hint: `See: bimservice ${list}` });
}

function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
