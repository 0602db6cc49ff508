// One repository from an address, a file or stdin, and the lists of the providers it names.

import { BimServiceError, systemErrorCode } from '../../errors.js';
import { isBimserver } from '../../protocol/invocation/invocation.js';
import { checkEndpoint, hasScheme, rawAddress, showAddress } from '../../protocol/repository/addresses.js';
import {
  type ProviderList,
  type RefusedEntry,
  type Repository,
  readRepository,
} from '../../protocol/repository/repository.js';
import type { Service } from '../../protocol/repository/service.js';
import { steadyIds } from '../../protocol/repository/service-id.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { TextOrigin } from '../../protocol/text/decode-json.js';
import { readJsonText } from '../../protocol/text/json-text.js';
import { type CacheUse, type FetchPorts, fetchDocument } from './fetch-document.js';

/** A repository as it is configured. */
export interface RepositorySource {
  /** Tells services of the same slug apart: `alias/slug`. */
  alias: string;
  /** An address, the path of a file, or `-` for stdin. */
  location: string;
  /** Takes the place of the site address that this list tells wrongly. */
  baseUrl?: string;
}

export interface LoadInput {
  /** A bad entry is an error. */
  strict: boolean;
  /** Plain http to other machines is allowed. */
  insecure: boolean;
  cacheUse: CacheUse;
  /** Longest wait for one list, ms. */
  listLimitMs?: number;
}

/** How one source is read. */
interface SourceInput extends LoadInput {
  baseUrl: URL | null;
}

export interface LoadPorts extends FetchPorts {
  /** Rejects with the system's own error. */
  readFile(path: string): Promise<Uint8Array>;
  readStdin(): Promise<Uint8Array>;
}

/** The services of one list, ids unique within it. */
export interface SourceGroup {
  alias: string;
  services: Service[];
  refused: RefusedEntry[];
}

export interface SourceReading {
  groups: SourceGroup[];
  warnings: string[];
}

const LIST_LIMIT_MS = 10_000;
const LARGEST = 10 * 1024 * 1024;

/**
 * The services of `source`: its own first, then those of each provider it names (one level deep). A provider that
 * fails is a warning. Throws BimServiceErrors `repository-unreadable`, `repository-invalid`, `unsafe-address` and
 * the network's own.
 */
export async function readSource(
  source: RepositorySource,
  load: LoadInput,
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<SourceReading> {
  const { location, baseUrl } = source;
  const input = { ...load, baseUrl: baseUrl === undefined ? null : checkEndpoint(baseUrl, load) };
  const repository = hasScheme(location)
    ? await readAddress(checkEndpoint(location, input), showAddress(location), input, ports, signal)
    : await interpret(
        await readLocal(location, ports),
        location === '-' ? 'stdin' : cleanText(location),
        location,
        input,
      );
  const own = { alias: source.alias, services: repository.services, refused: repository.refused };
  // One address can be right for one server only.
  const isOneServer = repository.lists.length === 1 && repository.services.length === 0;
  const warnings = [...repository.warnings];
  if (input.baseUrl !== null && repository.lists.length > 0 && !isOneServer) {
    warnings.push(
      `${showAddress(location)} names several servers; the base address is not used for their lists`,
    );
  }
  const listInput = isOneServer ? input : { ...input, baseUrl: null };
  const lists = await readLists(repository.lists, listInput, ports, signal);
  return { groups: [own, ...lists.groups], warnings: [...warnings, ...lists.warnings] };
}

async function readLists(
  lists: readonly ProviderList[],
  input: SourceInput,
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<SourceReading> {
  // Over all lists, dead ones too: a provider keeps its alias when another is down.
  const aliases = steadyIds(
    lists.map(({ name, url }) => ({ name, identity: url, content: '' })),
    'provider',
  );
  const readings = await Promise.all(
    lists.map(async ({ name, url }, index): Promise<SourceReading> => {
      const label = `"${cleanText(name, 80)}" (${showAddress(url)})`;
      try {
        const list = await readAddress(new URL(url), url, input, ports, signal);
        const warnings = [...list.warnings];
        if (list.lists.length > 0) warnings.push(`${label} names further providers, which are not asked`);
        const alias = aliases[index] ?? String(index);
        return { groups: [{ alias, services: list.services, refused: list.refused }], warnings };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof BimServiceError)) throw error;
        if (input.strict && (error.code === 'repository-invalid' || error.code === 'unsafe-address'))
          throw error;
        return { groups: [], warnings: [`${label} left out: ${error.message}`] };
      }
    }),
  );
  return {
    groups: readings.flatMap((reading) => reading.groups),
    warnings: readings.flatMap((reading) => reading.warnings),
  };
}

/** The list at `address`; where that is a server's address, the one at `/servicelist` below it (PROTOCOL 1.1). */
async function readAddress(
  address: URL,
  source: string,
  input: SourceInput,
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<Repository> {
  const options = { ...input, limitMs: input.listLimitMs ?? LIST_LIMIT_MS };
  const ask = async (url: URL, shown: string): Promise<Repository> => {
    const read = ({ body, ...origin }: TextOrigin & { body: Uint8Array }) =>
      interpret(body, shown, shown, input, origin);
    const { value, warnings } = await fetchDocument(rawAddress(url), read, options, ports, signal);
    return { ...value, warnings: [...warnings, ...value.warnings] };
  };
  const list = serviceListBelow(address);
  if (list === null) return ask(address, source);
  // Known from an earlier run: asked directly, so that the copy is found when the network is down.
  if ((await ports.cache.read(list.href)) !== null) return ask(list, list.href);
  try {
    return await ask(address, source);
  } catch (error) {
    signal.throwIfAborted();
    if (!saysNoList(error)) throw error;
    return ask(list, list.href).catch(() => {
      signal.throwIfAborted();
      throw error;
    });
  }
}

function saysNoList(error: unknown): boolean {
  if (!(error instanceof BimServiceError)) return false;
  return error.code === 'repository-invalid' || error.code === 'repository-unreadable';
}

/** Null where the address names a file or a list already. */
function serviceListBelow(address: URL): URL | null {
  const path = address.pathname.replace(/\/+$/, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (last === 'servicelist' || last.includes('.')) return null;
  const list = new URL(address);
  list.pathname = `${path}/servicelist`;
  list.search = '';
  list.hash = '';
  return list;
}

/** `shown` goes into messages, `location` into the services. */
async function interpret(
  body: Uint8Array,
  shown: string,
  location: string,
  input: SourceInput,
  origin: TextOrigin = {},
): Promise<Repository> {
  if (body.length > LARGEST) {
    throw new BimServiceError(
      'repository-invalid',
      `${shown} is larger than 10 MiB: that is no list of services`,
    );
  }
  const { value, warnings } = await readJsonText(body, shown, origin);
  const repository = readRepository(value, {
    source: shown,
    location,
    strict: input.strict,
    insecure: input.insecure,
    baseUrl: input.baseUrl,
  });
  return {
    ...repository,
    warnings: [...warnings, ...repository.warnings, ...wrongSite(repository, location)],
  };
}

/** A server behind a proxy or in a container often tells an address that only it can reach (PROTOCOL 1.1). */
function wrongSite({ services }: Repository, location: string): string[] {
  if (!URL.canParse(location) || !new URL(location).pathname.endsWith('/servicelist')) return [];
  const { origin } = new URL(location);
  const told = services
    .filter(({ resourceUrl, rebase }) => rebase === undefined && isBimserver(resourceUrl))
    .map(({ resourceUrl }) => new URL(resourceUrl).origin);
  const [other] = told.filter((site) => site !== origin);
  if (other === undefined) return [];
  return [
    `${showAddress(location)} says that its services are at ${other}; where that is wrong: --base-url ${origin}`,
  ];
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

async function readLocal(location: string, ports: LoadPorts): Promise<Uint8Array> {
  try {
    return location === '-' ? await ports.readStdin() : await ports.readFile(location);
  } catch (error) {
    if (error instanceof BimServiceError) throw error;
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    const shown = location === '-' ? 'stdin' : cleanText(location);
    const message = `${shown} cannot be read: ${FILE_FAULTS[code] ?? code}`;
    const hint = 'Give --repository an address, a file, or - for stdin.';
    throw new BimServiceError('repository-unreadable', message, { hint, phase: 'list', cause: error });
  }
}
